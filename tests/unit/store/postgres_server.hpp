// A PostgreSQL server of one test program: its own directory, a UNIX socket in it, no TCP. It never
// waits for the disk: what a killed server has written is in the kernel's memory all the same.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/support/temporary_directory.hpp"

namespace parley::test {

class PostgresServer {
 public:
  // Makes the directory and starts.
  PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;
  // The server also ends when the test program dies.
  ~PostgresServer();
  // One for all tests of a program.
  static PostgresServer& shared();

  // Returns when it takes connections.
  void start();
  void stop();
  // SIGKILL to every process of it.
  void kill();

  // libpq's words for a database of it.
  [[nodiscard]] std::string conninfo(const std::string& database) const;
  // A new empty database; returns its name.
  std::string create_database(const std::string& options = "");
  // Runs SQL on a connection that lives as long as what is returned.
  [[nodiscard]] std::shared_ptr<void> hold(const std::string& database,
                                           const std::string& text) const;
  // Runs SQL on a connection of its own. Returns the first value of the last answer.
  std::string sql(const std::string& database, const std::string& text) const;

 private:
  [[nodiscard]] std::vector<pid_t> children() const;
  void wait_until_ready(int log) const;

  TemporaryDirectory directory_;
  pid_t pid_ = -1;
  int log_ = -1;
  int databases_ = 0;
};

}  // namespace parley::test
