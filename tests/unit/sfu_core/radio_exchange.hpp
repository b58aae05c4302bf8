// Members of one room who talk in turns at virtual time, over ways of a fixed length. Keeps what
// was said and what each of them heard, and when.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/floor_call.hpp"

namespace parley::test {

// From a client to the node; requests are also answered after as long.
struct WayLengths {
  Duration media{};
  Duration requests{};
};

class RadioExchange {
 public:
  static constexpr RoomId kRoom{7};

  struct Settings {
    WayLengths ways{};
    std::size_t members = 4;
    std::uint16_t workers = 1;
    std::uint64_t seed = 1;
  };
  explicit RadioExchange(const Settings& settings);

  // While somebody holds the floor, this is called so often.
  using Disturb = std::function<void(const TestPeer& talker, const floor::GrantId& grant)>;
  void disturb(Duration every, Disturb how);

  // One burst after the other of a random member and length. Every second time voice leaves before
  // the press, in the same millisecond. Who was granted the floor in time to name his last packet
  // speaks on after it, into the shut gate.
  void talk(int bursts);
  // Everything that is under way arrives.
  void finish();

  struct Burst {
    std::size_t talker;
    std::uint32_t req_id;
    Timestamp pressed;
    std::uint32_t first_timestamp = 0;
    std::vector<std::string> words{};
    std::optional<floor::GrantId> grant{};  // as the node gave it
    bool is_grant_known = false;            // by the talker
  };
  struct Heard {
    Timestamp when;
    std::string word;
  };

  [[nodiscard]] const std::vector<Burst>& bursts() const { return bursts_; }
  [[nodiscard]] const std::vector<Heard>& heard_by(std::size_t member) const {
    return heard_[member];
  }
  // All that the others have said within their bursts, in order.
  [[nodiscard]] std::vector<std::string> said_to(std::size_t member) const;
  [[nodiscard]] std::vector<std::string> words_heard_by(std::size_t member) const;
  [[nodiscard]] std::size_t said_outside() const { return said_outside_; }
  [[nodiscard]] std::size_t members() const { return members_.size(); }
  [[nodiscard]] FloorCall& call() { return call_; }
  // Of all workers, without those by this name.
  [[nodiscard]] std::uint64_t drops_without(sfu::Drop drop);

 private:
  using Act = std::function<void()>;

  [[nodiscard]] Timestamp now() { return call_.call().now().mono; }
  void after(Duration delay, Act act) { agenda_.emplace(now() + delay, std::move(act)); }
  void run_until(Timestamp end);
  void listen();
  void begin(Burst burst, Duration length);
  void ask_for_floor(std::size_t burst, Duration length);
  void say(std::size_t burst);
  void say_outside(TestPeer& peer);
  void send(TestPeer& peer, const std::string& word);
  void let_go(std::size_t burst);
  void disturb_again(std::size_t burst, Timestamp until);

  Settings settings_;
  FloorCall call_;
  std::vector<TestPeer*> members_;
  std::multimap<Timestamp, Act> agenda_;  // of one moment: as they were written down
  std::vector<Burst> bursts_;
  std::vector<std::vector<Heard>> heard_;
  std::size_t said_outside_ = 0;
  Duration disturb_every_{};
  Disturb disturb_;
};

}  // namespace parley::test
