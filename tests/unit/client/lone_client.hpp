// A client core in rooms of a signaling service that the test plays, without media: what is asked
// of the floor is seen, and what arbiters say is told.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "client/core/client_core.hpp"
#include "tests/unit/client/support.hpp"

namespace parley::test {

class LoneClient {
 public:
  struct Room {
    std::uint64_t id;
    std::string name;
    floor::Mode mode = floor::PTT;
  };

  // Member 1, "Me", is the client; the others follow in each room.
  explicit LoneClient(std::vector<Room> rooms, const std::vector<std::string>& others = {});

  // An event with the envelope that makes it news.
  floor::Event event(std::uint64_t room_id);
  void tell(const floor::Event& event, Duration when = {});
  // The press that is on is granted.
  floor::GrantId grant(std::uint64_t room_id, std::uint32_t number, Duration when = {});
  // Messages the client core sent since the last call, and those of them that are floor requests.
  std::vector<api::ClientMessage> take_messages();
  std::vector<floor::Request> take_requests();

  SeededRandom random{7};
  const sfu::DtlsContext dtls;
  client::ClientCore core;
  client::ClientOutbox out;

 private:
  void answer(const api::ClientMessage& message);
  void send(api::ServerMessage message, std::uint32_t request_id, Duration when = {});

  const std::vector<Room> rooms_;
  std::vector<api::Member> members_;
  std::uint64_t message_id_ = 0;
};

}  // namespace parley::test
