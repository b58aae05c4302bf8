#include "client/bot/ptt_script.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <utility>

namespace parley::client {
namespace {

template <class T>
using Parsed = std::expected<T, std::string>;  // or what is wrong with the line

std::unexpected<std::string> wrong(std::string what) { return std::unexpected(std::move(what)); }

// The words of a line, one after the other.
class Words {
 public:
  explicit Words(std::vector<std::string> words) : words_(std::move(words)) {}

  // Blanks separate, "quotes" keep together, # begins a comment.
  static Parsed<Words> split(std::string_view line) {
    std::vector<std::string> words;
    for (std::size_t i = 0; i < line.size() && line[i] != '#';) {
      if (line[i] == ' ' || line[i] == '\t' || line[i] == '\r') {
        ++i;
      } else if (line[i] == '"') {
        const std::size_t end = line.find('"', i + 1);
        if (end == std::string_view::npos) return wrong("a quote is not closed");
        words.emplace_back(line.substr(i + 1, end - i - 1));
        i = end + 1;
      } else {
        const std::size_t end = std::min(line.find_first_of(" \t\r\"#", i), line.size());
        words.emplace_back(line.substr(i, end - i));
        i = end;
      }
    }
    return Words(std::move(words));
  }

  [[nodiscard]] bool is_over() const { return next_ >= words_.size(); }
  [[nodiscard]] std::string_view peek() const {
    return is_over() ? std::string_view() : std::string_view(words_[next_]);
  }
  bool take_if(std::string_view word) {
    if (peek() != word) return false;
    ++next_;
    return true;
  }
  Parsed<std::string> take(const char* what) {
    if (is_over() || words_[next_].empty()) return wrong(std::string(what) + " is missing");
    return words_[next_++];
  }

 private:
  std::vector<std::string> words_;
  std::size_t next_ = 0;
};

Parsed<Duration> to_time(std::string_view text) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size() || seconds < 0 ||
      seconds > PttScript::kMaxSeconds) {
    return wrong('"' + std::string(text) + "\" is no time in seconds from 0 to 86400");
  }
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

Parsed<Duration> take_time(Words& words, const char* what) {
  const auto text = words.take(what);
  if (!text) return wrong(text.error());
  return to_time(*text);
}

template <class Value, std::size_t N>
using Names = std::array<std::pair<const char*, Value>, N>;

constexpr Names<floor::Tier, 5> kTiers = {{{"routine", floor::ROUTINE},
                                           {"priority", floor::PRIORITY},
                                           {"peril", floor::PERIL},
                                           {"command", floor::COMMAND},
                                           {"emergency", floor::EMERGENCY}}};
constexpr Names<floor::Mode, 9> kModes = {{{"open", floor::OPEN},
                                           {"ptt", floor::PTT},
                                           {"dual", floor::DUAL},
                                           {"multi", floor::MULTI},
                                           {"cut-in", floor::CUT_IN},
                                           {"broadcast", floor::BROADCAST},
                                           {"private-half", floor::PRIVATE_HALF},
                                           {"private-full", floor::PRIVATE_FULL},
                                           {"chaired", floor::CHAIRED}}};

template <class Value, std::size_t N>
Parsed<Value> take_name(Words& words, const Names<Value, N>& names, const char* what) {
  const auto text = words.take(what);
  if (!text) return wrong(text.error());
  std::string known;
  for (const auto& [name, value] : names) {
    if (*text == name) return value;
    known += known.empty() ? name : std::string(", ") + name;
  }
  return wrong(std::string(what) + " \"" + *text + "\" is none of " + known);
}

Parsed<ScriptAction> parse_press(Words& words) {
  ScriptPress press;
  const auto is_option = [&] {
    return words.peek() == "tier" || words.peek() == "level" || words.peek() == "hands-free";
  };
  if (!words.is_over() && !is_option()) press.room = *words.take("the room");
  while (is_option()) {
    if (words.take_if("hands-free")) {
      press.hands_free = true;
    } else if (words.take_if("tier")) {
      const auto tier = take_name(words, kTiers, "the tier");
      if (!tier) return wrong(tier.error());
      press.tier = *tier;
    } else if (words.take_if("level")) {
      const auto text = words.take("the level");
      if (!text) return wrong(text.error());
      const auto [end, error] =
          std::from_chars(text->data(), text->data() + text->size(), press.level);
      if (error != std::errc{} || end != text->data() + text->size() || press.level > 15) {
        return wrong("the level \"" + *text + "\" is no number from 0 to 15");
      }
    }
  }
  return press;
}

template <class Action>
Parsed<ScriptAction> parse_plain(Words&) {
  return Action{};
}

Parsed<ScriptAction> parse_emergency(Words& words) {
  return ScriptEmergency{.is_peril = words.take_if("peril")};
}

Parsed<ScriptAction> parse_talk(Words& words) {
  auto room = words.take("the room");
  if (!room) return wrong(room.error());
  return ScriptTalk{*std::move(room)};
}

Parsed<ScriptAction> parse_give(Words& words) {
  auto member = words.take("the member");
  if (!member) return wrong(member.error());
  return ScriptGive{*std::move(member)};
}

Parsed<ScriptAction> parse_cut(Words& words) {
  auto member = words.take("the member");
  if (!member) return wrong(member.error());
  ScriptCut cut{.member = *std::move(member)};
  if (!words.take_if("grace")) return cut;
  const auto grace = take_time(words, "the grace");
  if (!grace) return wrong(grace.error());
  cut.grace = *grace;
  return cut;
}

// A member and a time.
template <class Action>
Parsed<ScriptAction> parse_timed(Words& words) {
  auto member = words.take("the member");
  if (!member) return wrong(member.error());
  const auto time = take_time(words, "the time");
  if (!time) return wrong(time.error());
  return Action{*std::move(member), *time};
}

Parsed<ScriptAction> parse_order(Words& words) {
  ScriptOrder order;
  while (!words.is_over()) {
    auto member = words.take("the member");
    if (!member) return wrong(member.error());
    order.members.push_back(*std::move(member));
  }
  if (order.members.empty()) return wrong("the members are missing");
  return order;
}

Parsed<ScriptAction> parse_mode(Words& words) {
  const auto mode = take_name(words, kModes, "the mode");
  if (!mode) return wrong(mode.error());
  return ScriptMode{*mode};
}

Parsed<ScriptAction> parse_hand(Words& words) {
  if (words.take_if("up")) return ScriptHand{.is_up = true};
  if (words.take_if("down")) return ScriptHand{.is_up = false};
  return wrong("a hand goes up or down");
}

struct Verb {
  std::string_view name;
  Parsed<ScriptAction> (*parse)(Words&);
};
constexpr std::array kVerbs = {
    Verb{"press", parse_press},
    Verb{"release", parse_plain<ScriptRelease>},
    Verb{"cancel", parse_plain<ScriptCancel>},
    Verb{"emergency", parse_emergency},
    Verb{"clear", parse_plain<ScriptClear>},
    Verb{"talk", parse_talk},
    Verb{"give", parse_give},
    Verb{"cut", parse_cut},
    Verb{"extend", parse_timed<ScriptExtend>},
    Verb{"bar", parse_timed<ScriptBar>},
    Verb{"order", parse_order},
    Verb{"mode", parse_mode},
    Verb{"hand", parse_hand},
    Verb{"leave", parse_plain<ScriptLeave>},
};

// nullopt: nothing but blanks and comments.
Parsed<std::optional<ScriptStep>> parse_line(std::string_view line) {
  auto words = Words::split(line);
  if (!words) return wrong(words.error());
  if (words->is_over()) return std::nullopt;
  const auto at = take_time(*words, "the time");
  if (!at) return wrong(at.error());
  const auto name = words->take("the action");
  if (!name) return wrong(name.error());
  const auto* const verb = std::ranges::find(kVerbs, *name, &Verb::name);
  if (verb == kVerbs.end()) return wrong("there is no action \"" + *name + '"');
  auto action = verb->parse(*words);
  if (!action) return wrong(action.error());
  if (!words->is_over()) {
    return wrong("\"" + std::string(words->peek()) + "\" does not belong to " + *name);
  }
  return ScriptStep{.at = *at, .action = *std::move(action)};
}

}  // namespace

std::expected<PttScript, std::vector<std::string>> PttScript::parse(std::string_view text,
                                                                    std::string_view file) {
  PttScript script;
  std::vector<std::string> mistakes;
  std::size_t number = 0;
  const auto complain = [&](const std::string& what) {
    mistakes.push_back(std::string(file) + ":" + std::to_string(number) + ": " + what);
  };
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    ++number;
    auto step = parse_line(text.substr(begin, end - begin));
    begin = end + 1;
    if (!step) {
      complain(step.error());
    } else if (*step && script.steps.size() >= kMaxSteps) {
      complain("more than " + std::to_string(kMaxSteps) + " actions");
      break;
    } else if (*step) {
      (*step)->line = number;
      const bool is_back = !script.steps.empty() && (*step)->at < script.steps.back().at;
      if (is_back) complain("the time is before that of the line above");
      script.steps.push_back(**std::move(step));
    }
  }
  if (!mistakes.empty()) return std::unexpected(std::move(mistakes));
  return script;
}

}  // namespace parley::client
