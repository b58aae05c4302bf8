#include "client/load/load_program.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "client/load/commands.hpp"
#include "client/load/handshakes.hpp"
#include "client/load/rate_search.hpp"
#include "client/load/report_json.hpp"
#include "client/load/settings.hpp"
#include "net/clock.hpp"

namespace parley::client {
namespace {

using service::ExitCode;

constexpr int kIdleMs = 100;

ExitCode complain(const Error& error) {
  std::fprintf(stderr, "parley-load: %s\n", error.message.c_str());
  return error.code == ErrorCode::invalid_argument ? ExitCode::usage : ExitCode::unavailable;
}

void progress(const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); }

ExitCode write_report(const std::string& file, const std::string& text) {
  if (file.empty()) {
    std::printf("%s\n", text.c_str());
    return ExitCode::ok;
  }
  std::ofstream out(file, std::ios::trunc);
  out << text << '\n';
  out.close();
  if (out) return ExitCode::ok;
  std::fprintf(stderr, "parley-load: the report %s cannot be written\n", file.c_str());
  return ExitCode::cannot_create;
}

template <class... Handlers>
struct Match : Handlers... {
  using Handlers::operator()...;
};

// The answer to one command; empty: the end.
std::string answer(LoadEngine& engine, const Target& target, const LoadOptions& options,
                   const Command& command) {
  return std::visit(Match{[&](const JoinPlan& plan) {
                            const auto report = engine.join(plan);
                            if (!report) return to_json(report.error());
                            if (report->failed > 0) progress("a join failed: " + target.failure());
                            return to_json(*report);
                          },
                          [&](const WindowPlan& plan) {
                            const auto report = engine.window(plan);
                            return report ? to_json(*report, target.traits(),
                                                    options.engine.payload_bytes)
                                          : to_json(report.error());
                          },
                          [&](const ServerCommand& server) {
                            engine.set_server_pid(server.pid);
                            return std::string("{\"did\":\"server\"}");
                          },
                          [&](const RefreshCommand&) {
                            engine.refresh();
                            return std::string("{\"did\":\"refresh\"}");
                          },
                          [](const QuitCommand&) { return std::string(); }},
                    command);
}

// The lines of standard input; nullopt at its end.
class InputLines {
 public:
  // Calls `idle` some times a second while there is no whole line.
  template <class Idle>
  std::optional<std::string> next(Idle idle) {
    while (true) {
      if (const auto end = pending_.find('\n'); end != std::string::npos) {
        std::string line = pending_.substr(0, end);
        pending_.erase(0, end + 1);
        return line;
      }
      pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
      if (::poll(&input, 1, kIdleMs) == 0) {
        idle();
        continue;
      }
      std::array<char, 4096> buffer;
      const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0 || pending_.size() > kMaxCommandBytes) return std::nullopt;
      pending_.append(buffer.data(), static_cast<std::size_t>(got));
    }
  }

 private:
  std::string pending_;
};

void serve_commands(LoadEngine& engine, const Target& target, const LoadOptions& options) {
  InputLines lines;
  while (const auto line = lines.next([&] { engine.idle(); })) {
    const auto command = parse_command(*line);
    const std::string text =
        command ? answer(engine, target, options, *command) : to_json(command.error());
    if (text.empty()) return;
    std::printf("%s\n", text.c_str());
    std::fflush(stdout);
  }
}

// Without commands: joins, one window (or the search for the highest rate), one report.
ExitCode run_once(LoadEngine& engine, const Target& target, const LoadOptions& options) {
  WindowPlan plan = options.window;
  std::string joins;
  for (std::uint32_t i = 0; i < options.rooms; ++i) {
    const auto joined = engine.join(options.join);
    if (!joined) return complain(joined.error());
    if (joined->failed > 0) {
      return complain({.code = ErrorCode::unavailable, .message = target.failure()});
    }
    plan.rooms.push_back(joined->room);
    joins += (joins.empty() ? "" : ",") + to_json(*joined);
    progress("room " + std::to_string(i) + ": " + std::to_string(joined->joined) + " joined");
  }
  const auto report = options.highest_from > 0
                          ? find_highest_rate(engine, plan, options.highest_from, progress)
                          : engine.window(plan);
  if (!report) return complain(report.error());
  return write_report(options.json_file,
                      "{\"joins\":[" + joins + "],\"window\":" +
                          to_json(*report, target.traits(), options.engine.payload_bytes) + "}");
}

ExitCode run_handshakes(const LoadOptions& options) {
  const auto profile = profile_setting(options.settings);
  if (!profile) return complain(profile.error());
  const auto report = measure_handshakes(options.handshakes, *profile);
  return report ? write_report(options.json_file, to_json(*report)) : complain(report.error());
}

}  // namespace

ExitCode run_load(const LoadOptions& options) {
  // Sleeps end when they should: the kernel's usual slack is 50 us.
  ::prctl(PR_SET_TIMERSLACK, 1);
  if (options.handshakes > 0) return run_handshakes(options);
  auto target = make_target(options.target, options.settings);
  if (!target) return complain(target.error());
  if (auto started = (*target)->start(); !started) return complain(started.error());
  LoadEngine engine(**target, options.engine);
  ExitCode code = ExitCode::ok;
  if (options.takes_commands) {
    serve_commands(engine, **target, options);
  } else {
    code = run_once(engine, **target, options);
  }
  (*target)->leave_all(net::read_clock());
  return code;
}

}  // namespace parley::client
