#include <algorithm>
#include <limits>
#include <ostream>
#include <string>

#include "admin/command_line.hpp"
#include "admin/names.hpp"
#include "admin/options.hpp"
#include "admin/report.hpp"

namespace parley::admin_cli {
namespace {

constexpr std::uint64_t kPage = 1000;
constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();

struct Wish {
  std::uint64_t last = 0;      // the newest so many; 0: not asked for
  std::uint64_t limit = kAll;  // at most so many
  std::uint64_t after = 0;
  bool verify = false;
};

// Asks page after page and gives each to `use`, which says whether to go on.
template <class Use>
Exit for_each_page(Desk& desk, const Wish& wish, Use use) {
  std::uint64_t after = wish.after;
  std::uint64_t left = wish.limit;
  while (left > 0) {
    admin::Request request;
    request.mutable_list_events()->set_after(after);
    request.mutable_list_events()->set_limit(static_cast<std::uint32_t>(std::min(left, kPage)));
    request.mutable_list_events()->set_verify(wish.verify);
    const auto answer = desk.ask(request);
    if (!answer) return answer.error();
    const admin::Events& page = answer->events();
    if (!use(page) || !page.has_more() || page.events().empty()) break;
    after = page.events().rbegin()->number();
    left -= std::min(left, static_cast<std::uint64_t>(page.events_size()));
  }
  return Exit::ok;
}

void show(Desk& desk, const admin::Events& page) {
  for (const admin::Event& event : page.events()) {
    desk.out() << (desk.as_json() ? json_line(event) : report(event));
  }
}

Exit list(Desk& desk, const Wish& wish) {
  return for_each_page(desk, wish, [&desk](const admin::Events& page) {
    show(desk, page);
    return true;
  });
}

// For people only what came of it; a script gets the events too.
Exit verify(Desk& desk, const Wish& wish) {
  std::uint64_t broken_at = 0;
  std::uint64_t count = 0;
  std::string newest_hash;
  const Exit exit = for_each_page(desk, wish, [&](const admin::Events& page) {
    if (desk.as_json()) show(desk, page);
    broken_at = page.broken_at();
    count += static_cast<std::uint64_t>(page.events_size());
    if (!page.events().empty()) newest_hash = page.events().rbegin()->hash();
    return broken_at == 0;
  });
  if (exit != Exit::ok) return exit;
  if (broken_at != 0) {
    return desk.complain(Exit::broken, "event " + std::to_string(broken_at) +
                                           " does not follow from the one before it");
  }
  if (desk.as_json()) return Exit::ok;
  desk.out() << "events: " << count << ", each follows from the one before it\n";
  if (count > 0) desk.out() << "newest hash: " << hex_text(newest_hash) << '\n';
  return Exit::ok;
}

Exit events(Desk& desk, Wish wish) {
  if (wish.last > 0) {
    admin::Request request;
    request.mutable_show_status();
    const auto answer = desk.ask(request);
    if (!answer) return answer.error();
    const std::uint64_t newest = answer->status().last_event();
    wish.after = newest - std::min(newest, wish.last);
  }
  return wish.verify ? verify(desk, wish) : list(desk, wish);
}

std::uint64_t value_of(const CLI::Option& option, std::uint64_t otherwise) {
  return option.empty() ? otherwise : option.as<std::uint64_t>();
}

CLI::Option& add_count(CLI::App& app, const std::string& name, const std::string& help) {
  return *app.add_option(name, help)->type_name("N")->check(CLI::Range(std::uint64_t{1}, kAll));
}

}  // namespace

void add_events(CLI::App& app, CommandLine& line) {
  CLI::App& command = *app.add_subcommand("events", "the audit trail")->fallthrough();
  command.footer("With --json each line is one event.");
  const CLI::Option& after = add_count(command, "--after", "from the one after this number on");
  CLI::Option& last = add_count(command, "--last", "the newest so many");
  last.excludes(command.get_option("--after"));
  const CLI::Option& limit = add_count(command, "--limit", "at most so many");
  const std::string help = "see that each follows from the one before it";
  const CLI::Option& verify = *command.add_flag("--verify", help);
  command.callback([&line, &after, &last, &limit, &verify] {
    const Wish wish{.last = value_of(last, 0),
                    .limit = value_of(limit, kAll),
                    .after = value_of(after, 0),
                    .verify = !verify.empty()};
    line.run = [wish](Desk& desk) { return events(desk, wish); };
  });
}

}  // namespace parley::admin_cli
