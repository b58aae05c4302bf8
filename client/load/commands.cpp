#include "client/load/commands.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace parley::client {
namespace {

using Json = nlohmann::json;

constexpr double kMaxPid = 1 << 22;  // PID_MAX_LIMIT of the kernel

// Takes fields out of one object and remembers the first thing that is wrong with it.
class Fields {
 public:
  explicit Fields(const Json& object) : object_(object) {}

  // The number at `key`, or `otherwise`; outside [low, high] is an error.
  double number(const char* key, double otherwise, double low, double high) {
    taken_.emplace_back(key);
    const auto found = object_.find(key);
    if (found == object_.end()) return otherwise;
    const double value = found->is_number() ? found->get<double>() : high + 1;
    if (value >= low && value <= high) return value;
    if (problem_.empty()) problem_ = std::string(key) + " is not a number in its range";
    return otherwise;
  }
  std::uint32_t count(const char* key, std::uint32_t otherwise, std::uint32_t low = 0) {
    return static_cast<std::uint32_t>(number(key, otherwise, low, kMaxMembersPerJoin));
  }
  Duration seconds(const char* key, Duration otherwise) {
    const double value = number(key, static_cast<double>(otherwise.count()) / 1e6, 0, kMaxSeconds);
    return Duration(static_cast<std::int64_t>(value * 1e6));
  }
  std::vector<RoomIndex> rooms(const char* key) {
    taken_.emplace_back(key);
    std::vector<RoomIndex> rooms;
    const auto found = object_.find(key);
    const Json list = found == object_.end() ? Json::array({0U}) : *found;
    for (const Json& one : list) {
      if (list.is_array() && one.is_number_unsigned()) rooms.push_back(one.get<RoomIndex>());
    }
    if (rooms.empty() || rooms.size() != list.size()) {
      problem_ = std::string(key) + " is not a list of room numbers";
    }
    return rooms;
  }
  bool flag(const char* key) {
    taken_.emplace_back(key);
    const auto found = object_.find(key);
    if (found == object_.end()) return false;
    if (!found->is_boolean() && problem_.empty()) problem_ = std::string(key) + " is not a boolean";
    return *found == true;
  }
  [[nodiscard]] bool has(const char* key) const { return object_.contains(key); }

  // What is wrong, also a key that nobody took; empty: nothing.
  [[nodiscard]] std::string problem() const {
    if (!problem_.empty()) return problem_;
    for (const auto& [key, value] : object_.items()) {
      const bool is_known = key == "do" || std::ranges::find(taken_, key) != taken_.end();
      if (!is_known) return "unknown key '" + key.substr(0, 40) + "'";
    }
    return {};
  }

 private:
  const Json& object_;
  std::vector<std::string> taken_;
  std::string problem_;
};

JoinPlan read_join(Fields& fields) {
  JoinPlan plan;
  const std::uint32_t room = fields.count("room", 0);
  if (fields.has("room")) plan.room = room;
  plan.talkers = fields.count("talkers", plan.talkers);
  plan.listeners = fields.count("listeners", plan.listeners);
  plan.at_once = fields.count("at_once", plan.at_once, 1);
  plan.talking_rate = fields.number("talking_rate", plan.talking_rate, 0, kMaxRate);
  plan.limit = fields.seconds("limit_seconds", plan.limit);
  return plan;
}

WindowPlan read_window(Fields& fields) {
  WindowPlan plan;
  plan.rooms = fields.rooms("rooms");
  plan.rate = fields.number("rate", plan.rate, 0, kMaxRate);
  plan.duration = fields.seconds("seconds", plan.duration);
  plan.warm_up = fields.seconds("warm_up_seconds", plan.warm_up);
  plan.loss = fields.number("loss", plan.loss, 0, 1);
  plan.is_paced = fields.flag("paced");
  const double drain_ms = fields.number("drain_ms", 0, 0, 10'000);
  if (drain_ms > 0) plan.drain_every = Duration(static_cast<std::int64_t>(drain_ms * 1000));
  return plan;
}

}  // namespace

Result<Command> parse_command(std::string_view line) {
  const auto wrong = [](const std::string& what) {
    return fail(ErrorCode::invalid_argument, "this is no command: " + what);
  };
  if (line.size() > kMaxCommandBytes) return wrong("longer than 64 KiB");
  const Json object = Json::parse(line, nullptr, false);
  if (!object.is_object()) return wrong("not a JSON object");
  const auto verb = object.find("do");
  if (verb == object.end() || !verb->is_string()) return wrong("no text in 'do'");
  Fields fields(object);
  std::optional<Command> command;
  if (*verb == "join") command = read_join(fields);
  if (*verb == "window") command = read_window(fields);
  if (*verb == "server") {
    if (!fields.has("pid")) return wrong("pid is missing");
    command = ServerCommand{.pid = static_cast<int>(fields.number("pid", 0, 1, kMaxPid))};
  }
  if (*verb == "refresh") command = RefreshCommand{};
  if (*verb == "quit") command = QuitCommand{};
  if (!command) return wrong("'do' is none of join, window, server, refresh and quit");
  if (const std::string problem = fields.problem(); !problem.empty()) return wrong(problem);
  return *std::move(command);
}

}  // namespace parley::client
