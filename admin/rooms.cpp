#include "admin/command_line.hpp"
#include "admin/options.hpp"
#include "admin/paging.hpp"

namespace parley::admin_cli {
namespace {

using floor::Policy;

// A rule that is a number. Times are given in seconds or milliseconds and kept in milliseconds.
struct NumberRule {
  const char* name;
  void (Policy::*set)(std::uint32_t);
  std::uint32_t least;
  std::uint32_t most;
  const char* help;
  std::uint32_t factor = 1;
};

constexpr std::uint32_t kSeconds = 1000;
constexpr NumberRule kNumberRules[] = {
    {"--talkers", &Policy::set_talkers, 1, 20, "multi: talkers at once; open: how many are heard"},
    {"--initiator", &Policy::set_initiator, 1, 0xFFFFFFFF,
     "broadcast: number of the member who talks; who comes first is 1"},
    {"--max-level", &Policy::set_max_level, 0, 15, "cap of the level of every press"},
    {"--talk-limit-s", &Policy::set_talk_limit_ms, 0, 3600, "longest burst; 0: none", kSeconds},
    {"--warning-s", &Policy::set_warning_ms, 0, 60, "warning before that limit", kSeconds},
    {"--stuck-s", &Policy::set_stuck_ms, 1, 3600, "a button held for this long is stuck", kSeconds},
    {"--queue-age-s", &Policy::set_queue_age_ms, 0, 86400, "longest wait; 0: any", kSeconds},
    {"--offer-ms", &Policy::set_offer_ms, 100, 60000, "time to press when it is one's turn"},
    {"--first-media-ms", &Policy::set_first_media_ms, 100, 10000, "silence after a grant"},
    {"--end-of-media-ms", &Policy::set_end_of_media_ms, 200, 10000,
     "silence that ends a burst; 4000 over satellite"},
    {"--grace-limit-ms", &Policy::set_grace_limit_ms, 0, 10000, "last words after the talk limit"},
    {"--grace-preempted-ms", &Policy::set_grace_preempted_ms, 0, 10000,
     "last words when pre-empted"},
    {"--grace-emergency-ms", &Policy::set_grace_emergency_ms, 0, 10000,
     "last words when pre-empted by an emergency"},
    {"--emergency-s", &Policy::set_emergency_ms, 1, 86400, "an emergency ends after", kSeconds},
    {"--emergency-hold-ms", &Policy::set_emergency_hold_ms, 0, 10000,
     "how long the emergency button is held"},
    {"--emergency-countdown-ms", &Policy::set_emergency_countdown_ms, 0, 30000,
     "time to take an emergency back"},
};

template <class Rules>
void add_rules(CLI::App& app, Rules rules) {
  add_switch(app, "queue", "whether a press on a busy floor waits or is denied",
             [rules](bool is_on) { rules()->set_queues(is_on); });
  add_switch(app, "preempt-by-level", "whether a higher level pre-empts within a tier",
             [rules](bool is_on) { rules()->set_preempts_by_level(is_on); });
  add_word<floor::Tier>(app, "--max-tier", "cap of the tier of every press",
                        [rules](const floor::Tier& tier) { rules()->set_max_tier(tier); });
  for (const NumberRule& rule : kNumberRules) {
    const auto set = [rules, &rule](std::uint32_t value) {
      (rules()->*rule.set)(value * rule.factor);
    };
    add_number(app, rule.name, rule.help, rule.least, rule.most, set);
  }
}

Exit list_rooms(Desk& desk, admin::Request& request) {
  request.mutable_list_rooms();
  return show_all(
      desk, request, [](admin::Request& r) { return r.mutable_list_rooms()->mutable_page(); },
      [](admin::Answer& a) { return a.mutable_rooms(); },
      [](const admin::Rooms& list) -> auto& { return list.rooms(); },
      [](const admin::Room& room) { return room.room_id(); });
}

void add_properties(CLI::App& app, CommandLine& line) {
  const auto change = [&line] { return line.request.mutable_change_room(); };
  add_text(app, "--name", "new name", [change](const std::string& t) { change()->set_name(t); });
  add_word<floor::Mode>(app, "--mode", "how the floor works (of a new room: open)",
                        [change](const floor::Mode& mode) { change()->set_mode(mode); });
  app.add_flag_function(
      "--defaults", [change](std::int64_t) { change()->set_from_defaults(true); },
      "first forget all rules the room had");
  add_moment(app, "--opens", "nobody enters before, but chairs and dispatchers", line.now,
             [change](std::uint64_t moment) { change()->set_opens(moment); });
  add_moment(app, "--closes", "nor after", line.now,
             [change](std::uint64_t moment) { change()->set_closes(moment); });
  add_number(app, "--cap", "members inside at once; 0: as many as the service allows", 0, 100'000,
             [change](std::uint32_t cap) { change()->set_cap(cap); });
  add_switch(app, "locked", "whether nobody enters any more",
             [change](bool is_on) { change()->set_is_locked(is_on); });
  add_rules(app, [change] { return change()->mutable_policy(); });
}

void add_set(CLI::App& rooms, CommandLine& line) {
  CLI::App& app = add_command(
      rooms, line, "set", "make a room, or change what is named of it", [&line](Desk& desk) {
        admin::ChangeRoom& change = *line.request.mutable_change_room();
        change.set_creates(change.room().id() == 0);  // what has an id was made already
        return desk.ask_and_show(line.request);
      });
  app.footer(
      "A room that somebody is in keeps its rules until all have left it;\n"
      "a chair or dispatcher may change them at once.");
  add_ref(app, "ROOM", "name or id", [&line](const admin::Ref& room) {
    *line.request.mutable_change_room()->mutable_room() = room;
  }).required();
  add_properties(app, line);
}

}  // namespace

void add_rooms(CLI::App& app, CommandLine& line) {
  CLI::App& rooms = add_group(app, line, "rooms", "where people talk",
                              [&line](Desk& desk) { return list_rooms(desk, line.request); });
  CLI::App& show = add_question(rooms, line, "show", "one, with the rules of its floor",
                                [](admin::Request& r) { r.mutable_show_room(); });
  add_ref(show, "ROOM", "name or id", [&line](const admin::Ref& room) {
    *line.request.mutable_show_room()->mutable_room() = room;
  }).required();
  add_set(rooms, line);
  CLI::App& remove = add_question(rooms, line, "remove", "whoever is inside is put out",
                                  [](admin::Request& r) { r.mutable_remove_room(); });
  add_ref(remove, "ROOM", "name or id", [&line](const admin::Ref& room) {
    *line.request.mutable_remove_room()->mutable_room() = room;
  }).required();
}

}  // namespace parley::admin_cli
