// invite and enrol: what gives people links.
#include <optional>
#include <vector>

#include "admin/command_line.hpp"
#include "admin/options.hpp"
#include "base/check.hpp"

namespace parley::admin_cli {
namespace {

constexpr std::size_t kMaxRooms = 16;

// What was given for room number `index`: one for all, or one for each; nothing: nullopt.
std::optional<std::string> value_for(const CLI::Option& option, int index, int rooms) {
  const auto& values = option.results();
  if (values.empty()) return std::nullopt;
  if (values.size() == 1) return values.front();
  if (values.size() == static_cast<std::size_t>(rooms)) {
    return values[static_cast<std::size_t>(index)];
  }
  throw CLI::ValidationError(option.get_name(),
                             "give it once for all rooms, or once for each --room");
}

CLI::Option& add_repeated(CLI::App& app, const std::string& name, const std::string& help) {
  return *app.add_option(name, help)
              ->expected(1, static_cast<int>(kMaxRooms))
              ->allow_extra_args(false);
}

// Options that may be given once, or once for each --room, are read when all are known.
struct Rights {
  CLI::Option& role;
  CLI::Option& tier;
  CLI::Option& level;

  void put_into(admin::Invite& invite) const {
    const int rooms = invite.rooms_size();
    for (int i = 0; i < rooms; ++i) {
      admin::Invite::Room& room = *invite.mutable_rooms(i);
      if (const auto word = value_for(role, i, rooms)) {
        room.set_role(*protocol::read_word<floor::Role>(*word));
      }
      if (const auto word = value_for(tier, i, rooms)) {
        room.set_max_tier(*protocol::read_word<floor::Tier>(*word));
      }
      if (const auto number = value_for(level, i, rooms)) {
        room.set_max_level(static_cast<std::uint32_t>(std::stoul(*number)));
      }
    }
  }
};

Rights add_rights(CLI::App& app) {
  CLI::Option& role = add_repeated(app, "--role", "in all rooms, or once for each --room (talker)");
  role.check(CLI::IsMember(protocol::words_of<floor::Role>()));
  CLI::Option& tier =
      add_repeated(app, "--tier", "highest tier of a press; likewise (emergency: may declare one)");
  tier.check(CLI::IsMember(protocol::words_of<floor::Tier>()));
  CLI::Option& level = add_repeated(app, "--level", "highest level within a tier; likewise (0)");
  level.check(CLI::Range(0U, 15U));
  return {.role = role, .tier = tier, .level = level};
}

// Links of another address than the service's own.
void readdress(admin::Answer& answer, const std::string& url) {
  if (url.empty() || !answer.has_links()) return;
  for (admin::Link& link : *answer.mutable_links()->mutable_links()) {
    link.set_url(url + (link.chooses_name() ? "/#i=" : "/#e=") + link.code());
  }
}

Exit show_links(Desk& desk, const admin::Request& request, const std::string& url) {
  auto answer = desk.ask(request);
  if (!answer) return answer.error();
  readdress(*answer, url);
  desk.show(*answer);
  return Exit::ok;
}

CLI::Option& add_url(CLI::App& app) {
  return *app.add_option("--url", "instead of server.public_url")->type_name("https://HOST");
}

void describe_invite(CLI::App& app, CommandLine& line) {
  const auto invite = [&line] { return line.request.mutable_invite(); };
  add_refs(app, "--room", "name or id; up to 16 times", [invite](const admin::Ref& room) {
    *invite()->add_rooms()->mutable_room() = room;
  }).required();
  add_text(app, "--name", "of the guest, and nobody else's (without it he chooses one himself)",
           [invite](const std::string& name) { invite()->set_name(name); });
  add_number(app, "--count", "so many guests, each with a link", 1, 1000,
             [invite](std::uint32_t count) { invite()->set_count(count); });
  add_text(app, "--delegation", "for whom he speaks",
           [invite](const std::string& text) { invite()->set_delegation(text); });
  add_moment(app, "--from", "when he may come", line.now,
             [invite](std::uint64_t moment) { invite()->set_from(moment); });
  add_moment(app, "--until", "when he has to go (a day after the link)", line.now,
             [invite](std::uint64_t moment) { invite()->set_until(moment); });
  add_lifetime(app, "how long the link is good",
               [invite](std::uint32_t lifetime) { invite()->set_lifetime_s(lifetime); });
  app.add_flag_function(
      "--create-room", [invite](std::int64_t) { invite()->set_create_rooms(true); },
      "make rooms that are not there");
}

void add_invite(CLI::App& parent, CommandLine& line) {
  CLI::App& app = *parent.add_subcommand("invite", "guests, with a link for each that works once")
                       ->fallthrough();
  describe_invite(app, line);
  const Rights rights = add_rights(app);
  const CLI::Option& url = add_url(app);
  app.callback([&line, rights, &url] {
    rights.put_into(*line.request.mutable_invite());
    line.run = [&line, &url](Desk& desk) {
      return show_links(desk, line.request, url.empty() ? "" : url.results().front());
    };
  });
}

void add_enrol(CLI::App& parent, CommandLine& line) {
  const auto enrolment = [&line] { return line.request.mutable_create_enrolment(); };
  CLI::App& app =
      *parent.add_subcommand("enrol", "a link that makes one device of a user")->fallthrough();
  add_ref(app, "USER", "name or id", [enrolment](const admin::Ref& user) {
    *enrolment()->mutable_user() = user;
  }).required();
  add_lifetime(app, "how long the link is good",
               [enrolment](std::uint32_t lifetime) { enrolment()->set_lifetime_s(lifetime); });
  app.add_flag_function(
      "--approved", [enrolment](std::int64_t) { enrolment()->set_is_approved(true); },
      "a further device needs no approval by another one of his");
  const CLI::Option& url = add_url(app);
  app.callback([&line, &url] {
    line.run = [&line, &url](Desk& desk) {
      return show_links(desk, line.request, url.empty() ? "" : url.results().front());
    };
  });
}

}  // namespace

void add_links(CLI::App& app, CommandLine& line) {
  add_invite(app, line);
  add_enrol(app, line);
}

}  // namespace parley::admin_cli
