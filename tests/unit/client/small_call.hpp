// Native clients in one room of a real worker core at virtual time: the shortest possible signaling
// service between them, and a network that the test shapes.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "client/core/client_core.hpp"
#include "sfu/core/worker_core.hpp"
#include "tests/unit/client/support.hpp"

namespace parley::test {

class SmallCall {
 public:
  static constexpr Duration kStep = std::chrono::milliseconds(5);
  static constexpr std::uint64_t kRoom = 7;

  struct Heard {
    std::uint8_t slot;
    std::uint16_t sequence;
    std::string words;
  };
  struct Person {
    std::unique_ptr<client::ClientCore> core;
    client::ClientOutbox out;
    Endpoint address;
    std::vector<client::ClientEvent> events;
    std::vector<Heard> heard;
    std::uint32_t transport_id = 0;
    std::uint32_t connect_request = 0;
    std::uint32_t rtp_timestamp = 0;
    bool is_signaling_up = true;
  };

  explicit SmallCall(std::uint64_t seed = 1);

  // Opens the signaling connection of a new client.
  Person& add(client::ClientConfig config);
  void run(Duration duration);
  // Runs until it is true, at most `limit`.
  bool run_until(const std::function<bool()>& is_reached, Duration limit);
  // One packet each 20 ms for `duration`, each saying its number.
  void talk(Person& person, Duration duration);
  void say(Person& person, const std::string& words);
  // A restarted media node: it knows nobody.
  void restart_node();
  void cut_signaling(Person& person);
  void restore_signaling(Person& person);
  void tell_media_lost(Person& person);
  // He may enter no room any more.
  void take_rooms(Person& person);
  // What the network delivers to a client, as if the node had sent it.
  void inject(Person& person, std::vector<std::uint8_t> datagram);

  [[nodiscard]] Now now() const { return now_; }
  [[nodiscard]] sfu::WorkerCore& node() { return *node_; }
  [[nodiscard]] std::vector<std::unique_ptr<Person>>& people() { return people_; }

  bool is_udp_blocked = false;
  unsigned loss_percent = 0;

 private:
  void step();
  void renew_leases();
  void collect(Person& person);
  void answer(Person& person, const std::string& frame);
  void ask_node(Person& person, const api::ClientMessage& message);
  void grant(const sfu::PeerAdded& added);
  void send(Person& person, api::ServerMessage message, std::uint32_t request_id = 0);
  void deliver_node();
  Person* person_at(const Path& path);

  Now now_;
  Timestamp next_renewal_{};
  SeededRandom random_;
  sfu::DtlsContext client_dtls_;
  sfu::DtlsContext node_dtls_;
  std::unique_ptr<sfu::WorkerCore> node_;
  sfu::WorkerOutbox node_out_;
  std::vector<std::unique_ptr<Person>> people_;
};

}  // namespace parley::test
