#include "tests/unit/server/running_service.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>

namespace parley::signaling {

namespace {

struct Child {
  pid_t pid;
  int output;
};

// Starts the program with its output and errors in one pipe.
Child spawn(std::vector<std::string> arguments) {
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::array<int, 2> pipe_ends{};
  EXPECT_EQ(::pipe(pipe_ends.data()), 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(pipe_ends[1], STDOUT_FILENO);
    ::dup2(pipe_ends[1], STDERR_FILENO);
    ::close(pipe_ends[0]);
    ::close(pipe_ends[1]);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  ::close(pipe_ends[1]);
  return {.pid = pid, .output = pipe_ends[0]};
}

// False at the end of the stream.
bool read_some(int fd, std::string& into) {
  std::array<char, 4096> buffer{};
  const ssize_t size = ::read(fd, buffer.data(), buffer.size());
  if (size > 0) into.append(buffer.data(), static_cast<std::size_t>(size));
  return size > 0;
}

int exit_code_of(pid_t pid) {
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::uint16_t number_after(const std::string& line, const std::string& key) {
  const std::size_t at = line.find(key);
  return at == std::string::npos
             ? std::uint16_t{0}
             : static_cast<std::uint16_t>(std::atoi(line.c_str() + at + key.size()));
}

}  // namespace

ServiceDirectory::ServiceDirectory(const std::string& settings) {
  std::filesystem::create_directories(path() / "web" / "assets");
  renew_certificates();
  write("web/index.html", "<!doctype html><title>Parley</title>");
  write("web/assets/app-1a2b3c.js", std::string(200'000, 'x'));
  write("secret.txt", "not for the web");
  write("s.yaml", settings.find("server:") == std::string::npos
                      ? "server: {port: 0, web_root: web}\ncontrol: {port: 0}\n" + settings
                      : settings + "\ncontrol: {port: 0}\n");
}

void ServiceDirectory::write(const std::string& name, const std::string& text) const {
  std::ofstream(path() / name) << text;
}

void ServiceDirectory::renew_certificates() const {
  for (const char* name : {"web", "signaling", "node"}) {
    std::filesystem::remove(path() / "pki" / (std::string(name) + ".pem"));
  }
  const std::string command = std::string(PARLEY_SOURCE_DIR) + "/scripts/make_certificates " +
                              (path() / "pki").string() + " localhost >/dev/null 2>&1";
  EXPECT_EQ(std::system(command.c_str()), 0);
}

Finished ServiceDirectory::run(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), PARLEY_SIGNALING_PROGRAM);
  return run_program(std::move(arguments));
}

Finished ServiceDirectory::administer(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), PARLEY_ADMIN_PROGRAM);
  return run_program(std::move(arguments));
}

Finished ServiceDirectory::run_program(std::vector<std::string> arguments) const {
  arguments.insert(arguments.end(), {"--config", (path() / "s.yaml").string()});
  const Child child = spawn(std::move(arguments));
  Finished finished;
  while (read_some(child.output, finished.output)) {
  }
  ::close(child.output);
  finished.exit_code = exit_code_of(child.pid);
  return finished;
}

RunningService::RunningService(const ServiceDirectory& directory) {
  const Child child =
      spawn({PARLEY_SIGNALING_PROGRAM, "--config", (directory.path() / "s.yaml").string()});
  pid_ = child.pid;
  log_ = child.output;
  const std::string line = wait_for_line("listening on https://localhost:");
  https_port_ = number_after(line, " https_port=");
  control_port_ = number_after(line, " control_port=");
  EXPECT_NE(https_port_, 0) << all_;
}

RunningService::~RunningService() {
  if (pid_ > 0) stop();
}

void RunningService::signal(int number) const { ::kill(pid_, number); }

std::string RunningService::wait_for_line(const std::string& text) {
  while (true) {
    std::size_t end = 0;
    while ((end = unread_.find('\n')) != std::string::npos) {
      const std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      if (line.find(text) != std::string::npos) return line;
    }
    const std::size_t had = unread_.size();
    if (!read_some(log_, unread_)) return "";
    all_ += unread_.substr(had);
  }
}

Finished RunningService::wait() {
  while (read_some(log_, all_)) {
  }
  ::close(log_);
  const int code = exit_code_of(pid_);
  pid_ = -1;
  return {.exit_code = code, .output = all_};
}

Finished RunningService::stop() {
  signal(SIGTERM);
  return wait();
}

}  // namespace parley::signaling
