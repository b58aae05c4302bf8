#include "tests/unit/admin_cli/service.hpp"

#include <sstream>

#include "tests/unit/net/wait.hpp"

namespace parley::admin_cli::test {

Ran run_alone(std::vector<std::string> arguments, const std::string& input) {
  std::istringstream in(input);
  std::ostringstream out;
  std::ostringstream errors;
  const Exit exit = admin_cli::run(arguments, {.in = in, .out = out, .errors = errors},
                                   signaling::test::kMonday, "1.2.3");
  return {.exit = exit, .out = out.str(), .errors = errors.str()};
}

Service::Service()
    : socket_(
          signaling::AdminSocket::start(loop_, file("admin.sock"),
                                        [this](AdminRequestId id, const admin::Request& request) {
                                          socket_->answer(id, answer(request));
                                        })
              .value()) {}

admin::Answer Service::answer(const admin::Request& request) {
  if (!signaling::is_about_events(request)) return ask(request);
  const signaling::EventRange range = signaling::event_range(request);
  std::vector<signaling::Row> rows;
  const auto stored = house_.rows();
  for (const signaling::Row& row : stored.at("events")) {
    const auto number = static_cast<std::uint64_t>(std::get<std::int64_t>(row.front()));
    if (number == hidden_ || number <= range.after || rows.size() == range.limit) continue;
    rows.push_back(row);
  }
  return signaling::events_answer(request, rows, &house_.directory);
}

Ran Service::run(std::vector<std::string> arguments, const std::string& input) {
  arguments.insert(arguments.begin(), {"--socket", file("admin.sock").string()});
  Ran ran;
  EXPECT_TRUE(parley::test::serve(loop_, [&] { ran = run_alone(arguments, input); }));
  return ran;
}

std::string Service::output(std::vector<std::string> arguments, const std::string& input) {
  std::string line;
  for (const std::string& argument : arguments) line += argument + " ";
  const Ran ran = run(std::move(arguments), input);
  EXPECT_EQ(ran.exit, Exit::ok) << line << ran.errors;
  EXPECT_EQ(ran.errors, "") << line;
  return ran.out;
}

}  // namespace parley::admin_cli::test
