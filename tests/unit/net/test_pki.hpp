// A certificate authority for one test, in a directory of its own that goes with it.
#pragma once

#include <filesystem>
#include <string>

#include "net/tls_context.hpp"
#include "tests/support/temporary_directory.hpp"

namespace parley::test {

class TestPki {
 public:
  enum class Validity { now, expired };

  TestPki();
  TestPki(const TestPki&) = delete;
  TestPki& operator=(const TestPki&) = delete;
  ~TestPki();

  // Issues (again) a certificate for `name`, good for clients and servers, signed by this
  // authority.
  net::TlsFiles issue(const std::string& name, Validity validity = Validity::now);

  [[nodiscard]] const std::filesystem::path& directory() const { return directory_.path(); }
  [[nodiscard]] std::string ca_file() const { return directory() / "ca.pem"; }

 private:
  struct Authority;
  TemporaryDirectory directory_;
  std::unique_ptr<Authority> authority_;
};

}  // namespace parley::test
