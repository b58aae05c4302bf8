#include "tests/unit/store/postgres_server.hpp"

#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <memory>

#include "base/check.hpp"

namespace parley::test {
namespace {

constexpr const char* kPrograms = "/usr/lib/postgresql/15/bin/";
constexpr int kLimitMs = 60'000;  // a loaded machine must not fail a test

// The server refuses to run as root.
const passwd* server_user() {
  const passwd* user = ::geteuid() == 0 ? ::getpwnam("postgres") : ::getpwuid(::geteuid());
  PARLEY_CHECK(user != nullptr);
  return user;
}

// In the child: never returns.
[[noreturn]] void become(const passwd* user, std::vector<std::string> arguments, int output) {
  if (::geteuid() == 0 && (::setgroups(0, nullptr) != 0 || ::setgid(user->pw_gid) != 0 ||
                           ::setuid(user->pw_uid) != 0)) {
    ::_exit(126);
  }
  ::prctl(PR_SET_PDEATHSIG, SIGQUIT);  // an immediate shutdown
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  arguments.front().insert(0, kPrograms);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

pid_t start_program(const std::vector<std::string>& arguments, int output) {
  const passwd* const user = server_user();
  const pid_t pid = ::fork();
  PARLEY_CHECK(pid >= 0);
  if (pid == 0) become(user, arguments, output);
  return pid;
}

}  // namespace

PostgresServer::PostgresServer() {
  // The children of a killed server become ours, so that we can wait for their end.
  PARLEY_CHECK(::prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
  const passwd* const user = server_user();
  PARLEY_CHECK(::chown(directory_.path().c_str(), user->pw_uid, user->pw_gid) == 0);
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  const pid_t pid =
      start_program({"initdb", "-D", (directory_.path() / "data").string(), "-U", "postgres", "-A",
                     "trust", "-N", "-E", "UTF8", "--locale=C", "--no-instructions"},
                    nowhere);
  ::close(nowhere);
  int status = -1;
  PARLEY_CHECK(::waitpid(pid, &status, 0) == pid && status == 0);
  start();
}

PostgresServer::~PostgresServer() { stop(); }

PostgresServer& PostgresServer::shared() {
  static PostgresServer server;
  return server;
}

void PostgresServer::start() {
  PARLEY_CHECK(pid_ == -1);
  std::array<int, 2> ends{};
  PARLEY_CHECK(::pipe2(ends.data(), O_CLOEXEC) == 0);
  ::fcntl(ends[0], F_SETPIPE_SZ, 1 << 20);  // nobody reads on after the start
  pid_ = start_program(
      {"postgres", "-D", (directory_.path() / "data").string(), "-k", directory_.path().string(),
       "-c", "listen_addresses=", "-F", "-c", "full_page_writes=off", "-c", "shared_buffers=16MB",
       "-c",
       // What is not synced stays in the server's own memory.
       "wal_writer_delay=10s", "-c", "wal_writer_flush_after=1GB", "-c", "autovacuum=off", "-c",
       "log_min_messages=log", "-c", "log_min_error_statement=panic", "-c", "log_checkpoints=off"},
      ends[1]);
  ::close(ends[1]);
  log_ = ends[0];
  wait_until_ready(log_);
}

void PostgresServer::wait_until_ready(int log) const {
  std::string said;
  while (said.find("ready to accept connections") == std::string::npos) {
    pollfd waiting{.fd = log, .events = POLLIN, .revents = 0};
    PARLEY_CHECK(::poll(&waiting, 1, kLimitMs) == 1);
    std::array<char, 4096> buffer{};
    const ssize_t size = ::read(log, buffer.data(), buffer.size());
    if (size <= 0) ::write(STDERR_FILENO, said.data(), said.size());
    PARLEY_CHECK(size > 0);
    said.append(buffer.data(), static_cast<std::size_t>(size));
  }
}

void PostgresServer::stop() {
  if (pid_ == -1) return;
  ::kill(pid_, SIGQUIT);
  ::waitpid(pid_, nullptr, 0);
  ::close(log_);
  pid_ = -1;
}

void PostgresServer::kill() {
  // Stopped, it makes no more children.
  ::kill(pid_, SIGSTOP);
  std::vector<pid_t> all = children();
  all.push_back(pid_);
  for (const pid_t pid : all) ::kill(pid, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  for (const pid_t pid : all) ::waitpid(pid, nullptr, 0);
  ::close(log_);
  pid_ = -1;
}

std::vector<pid_t> PostgresServer::children() const {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream status(entry.path() / "stat");
    std::string name;
    pid_t pid = 0;
    pid_t parent = 0;
    char state = 0;
    if (status >> pid >> name >> state >> parent && parent == pid_) found.push_back(pid);
  }
  return found;
}

std::string PostgresServer::conninfo(const std::string& database) const {
  return "host=" + directory_.path().string() + " user=postgres dbname=" + database;
}

std::string PostgresServer::create_database(const std::string& options) {
  const std::string name = "test_" + std::to_string(++databases_);
  sql("postgres", "CREATE DATABASE " + name + " " + options);
  return name;
}

std::shared_ptr<void> PostgresServer::hold(const std::string& database,
                                           const std::string& text) const {
  const std::shared_ptr<PGconn> connection(PQconnectdb(conninfo(database).c_str()), PQfinish);
  PQclear(PQexec(connection.get(), text.c_str()));
  return connection;
}

std::string PostgresServer::sql(const std::string& database, const std::string& text) const {
  const std::unique_ptr<PGconn, void (*)(PGconn*)> connection(
      PQconnectdb(conninfo(database).c_str()), PQfinish);
  const std::unique_ptr<PGresult, void (*)(PGresult*)> answer(
      PQexec(connection.get(), text.c_str()), PQclear);
  const ExecStatusType status = PQresultStatus(answer.get());
  if (status == PGRES_COMMAND_OK) return "";
  if (status != PGRES_TUPLES_OK) return PQerrorMessage(connection.get());
  return PQntuples(answer.get()) == 0 ? "" : PQgetvalue(answer.get(), 0, 0);
}

}  // namespace parley::test
