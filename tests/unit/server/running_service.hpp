// The real parley-signaling program as a child process, with certificates of a private authority,
// in a directory of its own. What it says on standard error is read as it comes, so nobody sleeps.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/temporary_directory.hpp"

namespace parley::signaling {

struct Finished {
  int exit_code = -1;  // -1: ended by a signal
  std::string output;  // standard output and error
};

// A directory with pki/, web/ and s.yaml (ports 0), removed at the end.
class ServiceDirectory {
 public:
  // `settings`: YAML sections beside those of the ports, or "" .
  explicit ServiceDirectory(const std::string& settings = "");

  [[nodiscard]] const std::filesystem::path& path() const { return directory_.path(); }
  void write(const std::string& name, const std::string& text) const;
  // New certificates of the same authority.
  void renew_certificates() const;
  // Runs the program with these arguments and --config to its end.
  [[nodiscard]] Finished run(std::vector<std::string> arguments) const;
  // Runs parley-admin against the service that runs here.
  [[nodiscard]] Finished administer(std::vector<std::string> arguments) const;

 private:
  [[nodiscard]] Finished run_program(std::vector<std::string> arguments) const;

  test::TemporaryDirectory directory_;
};

// The service, running until stop() or the destructor.
class RunningService {
 public:
  explicit RunningService(const ServiceDirectory& directory);
  RunningService(const RunningService&) = delete;
  RunningService& operator=(const RunningService&) = delete;
  ~RunningService();

  [[nodiscard]] std::uint16_t https_port() const { return https_port_; }
  [[nodiscard]] std::uint16_t control_port() const { return control_port_; }
  void signal(int number) const;
  // Reads the log until a line holds `text`; that line, or "" when the log ended before.
  std::string wait_for_line(const std::string& text);
  // Waits for the end.
  Finished wait();
  // SIGTERM, then wait().
  Finished stop();

 private:
  pid_t pid_ = -1;
  int log_ = -1;
  std::string unread_;  // of the log
  std::string all_;
  std::uint16_t https_port_ = 0;
  std::uint16_t control_port_ = 0;
};

}  // namespace parley::signaling
