// One device presses at random in three rooms, over ways that delay and reorder: nothing that is
// meant for one room is ever heard in another.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/floor_call.hpp"

namespace parley::sfu {
namespace {

using std::chrono::milliseconds;
using test::FloorCall;
using test::kFrame;
using test::TestPeer;

constexpr std::size_t kRooms = 3;
constexpr int kUsualPresses = 100'000;
constexpr Duration kFrameTime = milliseconds(20);
constexpr Duration kRepeat = milliseconds(250);

// What makes every step slower, as a sanitizer does, may take fewer.
int press_count() {
  const char* const wanted = std::getenv("PARLEY_FLOOR_PRESSES");
  return wanted == nullptr ? kUsualPresses : std::atoi(wanted);
}

RoomId room_of(std::size_t index) { return RoomId{index + 1}; }

// What the rules ask of a client: it never talks to a room before it knows that what it said to
// the one before is over. It may press the same room again at once.
class Presser {
 public:
  Presser(FloorCall& call, TestPeer& peer) : call_(call), peer_(peer) {}

  void tick() {
    const Timestamp now = call_.call().now().mono;
    take_events(now);
    send_what_is_due(now);
    if (is_pressing_ && now >= next_frame_) {
      next_frame_ = now + kFrameTime;
      talk(now);
    }
    if (now >= next_key_) turn_key(now);
    if (request_ && now >= repeat_at_) repeat(now);
  }
  [[nodiscard]] Timestamp next() const {
    Timestamp earliest = next_key_;
    if (is_pressing_) earliest = std::min(earliest, next_frame_);
    if (request_) earliest = std::min(earliest, repeat_at_);
    for (const auto& [when, datagram] : voice_) earliest = std::min(earliest, when);
    if (!requests_.empty()) earliest = std::min(earliest, requests_.front().first);
    if (!events_.empty()) earliest = std::min(earliest, events_.front().first);
    return earliest;
  }
  // The node has told something; it is on its way.
  void on_told(const floor::Event& event) {
    const Timestamp now = call_.call().now().mono;
    const Timestamp arrives = std::max(now + delay(60), last_event_);
    last_event_ = arrives;
    events_.emplace_back(arrives, event);
  }
  [[nodiscard]] int presses() const { return presses_; }

 private:
  struct Pending {
    std::size_t room;
    std::uint32_t id;
    std::uint32_t first;
    bool is_cancelled = false;
    std::optional<floor::GrantId> grant{};
  };

  Duration delay(std::uint32_t most_ms) {
    return milliseconds(1 + call_.call().random().next_u32() % most_ms);
  }
  void ask(floor::Request request, std::size_t room, Timestamp now) {
    request.set_room_id(room_of(room).value);
    last_request_ = std::max(now + delay(60), last_request_);
    requests_.emplace_back(last_request_, std::move(request));
  }
  void talk(Timestamp now) {
    const char letter = static_cast<char>('a' + request_->room);
    const std::string word{letter, letter};
    voice_.emplace_back(now + delay(80), peer_.make_voice(as_bytes(word)));
  }
  // Down and up: 2 to 20 Hz, and slower where the client has to wait.
  void turn_key(Timestamp now) {
    next_key_ = now + milliseconds(25) + delay(225);
    if (is_pressing_) {
      release(now);
    } else if (!request_) {
      press(now);
    }
  }
  void press(Timestamp now) {
    ++presses_;
    request_ = Pending{.room = call_.call().random().next_u32() % kRooms,
                       .id = ++last_id_,
                       .first = peer_.next_timestamp()};
    is_pressing_ = true;
    repeat(now);
  }
  void repeat(Timestamp now) {
    repeat_at_ = now + kRepeat;
    if (request_->grant) return;
    floor::Request request;
    if (request_->is_cancelled) {
      request.mutable_cancel()->set_req_id(request_->id);
    } else {
      request.mutable_press()->set_req_id(request_->id);
      request.mutable_press()->set_first_timestamp(request_->first);
    }
    ask(std::move(request), request_->room, now);
  }
  void release(Timestamp now) {
    is_pressing_ = false;
    if (!request_->grant) {
      request_->is_cancelled = true;
      return repeat(now);
    }
    floor::Request request;
    *request.mutable_release()->mutable_grant() = *request_->grant;
    request.mutable_release()->set_last_timestamp(peer_.next_timestamp() - kFrame);
    ask(std::move(request), request_->room, now);
  }
  void take_events(Timestamp now) {
    while (!events_.empty() && events_.front().first <= now) {
      const floor::Event event = std::move(events_.front().second);
      events_.pop_front();
      if (request_ && event.room_id() == room_of(request_->room).value) on_event(event);
    }
  }
  void on_event(const floor::Event& event) {
    if (event.has_granted() && event.granted().req_id() == request_->id) {
      request_->grant = event.granted().grant();
    }
    const bool is_denied = event.has_denied() && event.denied().req_id() == request_->id;
    const bool is_done = event.has_done() && request_->grant &&
                         event.done().grant().number() == request_->grant->number();
    const bool is_dropped = event.has_revoked() && event.revoked().grant().number() == 0;
    if (is_dropped) is_pressing_ = false;
    if (!is_denied && !is_done) return;
    is_pressing_ = false;
    request_.reset();
  }
  void send_what_is_due(Timestamp now) {
    while (!requests_.empty() && requests_.front().first <= now) {
      const floor::Request request = std::move(requests_.front().second);
      requests_.pop_front();
      call_.ask(peer_, request, RoomId{request.room_id()});
    }
    for (std::size_t i = 0; i < voice_.size();) {
      if (voice_[i].first > now) {
        ++i;
        continue;
      }
      auto datagram = std::move(voice_[i].second);
      voice_.erase(voice_.begin() + static_cast<std::ptrdiff_t>(i));
      call_.send(peer_, std::move(datagram));
    }
  }

  FloorCall& call_;
  TestPeer& peer_;
  int presses_ = 0;
  bool is_pressing_ = false;
  std::optional<Pending> request_;  // until it is known to be over
  std::uint32_t last_id_ = 0;
  Timestamp next_frame_{};
  Timestamp next_key_{};
  Timestamp repeat_at_{};
  Timestamp last_request_{};
  Timestamp last_event_{};
  std::vector<std::pair<Timestamp, std::vector<std::uint8_t>>> voice_;  // reordered by its delays
  std::deque<std::pair<Timestamp, floor::Request>> requests_;
  std::deque<std::pair<Timestamp, floor::Event>> events_;
};

TEST(FloorRooms, NothingSaidInOneRoomIsHeardInAnother) {
  const int presses = press_count();
  FloorCall call(2, 1, 1);
  TestPeer& device = call.connect(room_of(0));
  for (std::size_t i = 0; i < kRooms; ++i) call.join(device, room_of(i), {});
  std::array<TestPeer*, kRooms> listeners{};
  for (std::size_t i = 0; i < kRooms; ++i) listeners[i] = &call.join(room_of(i), {});
  Presser presser(call, device);
  std::array<std::size_t, kRooms> heard{};
  std::size_t leaked = 0;
  const auto look = [&] {
    for (const floor::Event& event : call.take_told(device)) presser.on_told(event);
    for (std::size_t i = 0; i < kRooms; ++i) {
      for (const auto& packet : listeners[i]->take_heard()) {
        const bool is_own = packet.payload.at(0) == 'a' + i;
        ++(is_own ? heard[i] : leaked);
      }
      (void)listeners[i]->take_rtcp();
    }
    (void)device.take_rtcp();
    (void)call.take_messages();
  };
  while (presser.presses() < presses) {
    presser.tick();
    look();
    const Timestamp now = call.call().now().mono;
    const Duration wait = std::max(presser.next() - now, Duration(milliseconds(1)));
    call.call().pass(wait);
    call.settle();
  }
  look();
  EXPECT_EQ(leaked, 0U);
  for (const std::size_t count : heard) EXPECT_GT(count, static_cast<std::size_t>(presses) / 2);
  EXPECT_GT(call.numbers().counters.bursts, static_cast<std::uint64_t>(presses) / 2);
}

}  // namespace
}  // namespace parley::sfu
