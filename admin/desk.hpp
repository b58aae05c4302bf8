// One conversation with the running service: asks, and shows its answers to a person or a script.
#pragma once

#include <expected>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string_view>

#include "admin/exit.hpp"
#include "net/unix_client.hpp"
#include "protocol/admin.pb.h"

namespace parley::admin_cli {

class Desk {
 public:
  struct Streams {
    std::istream& in;
    std::ostream& out;
    std::ostream& errors;
  };

  Desk(std::filesystem::path socket, bool as_json, Streams streams)
      : socket_(std::move(socket)), as_json_(as_json), streams_(streams) {}

  // The answer, or how to end: what was wrong has been told.
  [[nodiscard]] std::expected<admin::Answer, Exit> ask(const admin::Request& request);
  void show(const admin::Answer& answer);
  [[nodiscard]] Exit ask_and_show(const admin::Request& request);
  // Tells it, and gives `exit` back.
  Exit complain(Exit exit, std::string_view sentence);

  [[nodiscard]] bool as_json() const { return as_json_; }
  [[nodiscard]] std::ostream& out() { return streams_.out; }
  [[nodiscard]] std::istream& in() { return streams_.in; }

 private:
  std::expected<std::vector<std::uint8_t>, Exit> exchange(const std::string& request);
  Exit refuse(const admin::Refused& refused);

  std::filesystem::path socket_;
  bool as_json_;
  Streams streams_;
  std::optional<net::UnixClient> client_ = std::nullopt;  // from the first question on
};

}  // namespace parley::admin_cli
