// A room with an arbiter, virtual time and what was told and done in the last step. Every step is
// watched by FloorWatch.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sfu/floor/floor_arbiter.hpp"
#include "tests/unit/floor/floor_watch.hpp"

namespace parley::sfu {

class FloorRoom {
 public:
  explicit FloorRoom(const FloorPolicy& policy, std::uint32_t term = 1);

  // Members are numbers here.
  void add(std::uint32_t member, const FloorRights& rights = {});
  void add_talkers(std::uint32_t count);  // 1 to count
  void remove(std::uint32_t member, bool is_expelled = false);
  void lose_peer(std::uint32_t member);
  void return_peer(std::uint32_t member);
  void set_signaling(std::uint32_t member, bool is_reachable);

  // A press with the next req_id of the member; the same one as before.
  std::uint32_t press(std::uint32_t member, FloorPriority asked = {},
                      std::optional<std::uint32_t> first = {});
  void press_again(std::uint32_t member, std::uint32_t req_id);
  void press_tier(std::uint32_t member, FloorTier tier) { press(member, {.tier = tier}); }
  // Of what the member holds or held last.
  void release(std::uint32_t member, std::optional<std::uint32_t> last = {});
  void cancel(std::uint32_t member, std::uint32_t req_id);
  void cut(std::uint32_t chair, std::uint32_t member, Duration grace = {});
  void give(std::uint32_t chair, std::uint32_t member);
  void request(std::uint32_t member, const FloorRequest& request);
  FloorArbiter::Passage packet(std::uint32_t member, std::uint32_t rtp);
  bool passes(std::uint32_t member, std::uint32_t rtp) {
    return packet(member, rtp).verdict == GateVerdict::pass;
  }
  void voice(std::uint32_t member);
  void freeze();
  void thaw(std::uint32_t term);
  void close();

  // Time passes; timers run at their deadlines on the way.
  void pass(Duration time);
  void pass_to(Timestamp then);
  // Nothing happens on the way and the arbiter's deadline is not looked at.
  void jump(Duration time) { now_ += time; }
  void tick();
  // Talks in packets of 20 ms for this long.
  void talk(std::uint32_t member, Duration time);

  [[nodiscard]] Timestamp now() const { return now_; }
  [[nodiscard]] FloorArbiter& arbiter() { return arbiter_; }
  [[nodiscard]] FloorState state() const { return arbiter_.state(); }
  [[nodiscard]] const FloorCounters& counters() const { return arbiter_.counters(); }
  [[nodiscard]] bool holds(std::uint32_t member) const;
  [[nodiscard]] bool is_revoking(std::uint32_t member) const;
  [[nodiscard]] const FloorHolder* holder(std::uint32_t member) const;
  [[nodiscard]] GrantId grant_of(std::uint32_t member) const { return grants_[member]; }
  // 1: next; 0: does not wait.
  [[nodiscard]] std::size_t position(std::uint32_t member) const;
  [[nodiscard]] const FloorOutbox& out() const { return out_; }

  // The messages of the last step to this member (0: to all).
  template <class Message>
  [[nodiscard]] std::optional<Message> told(std::uint32_t member) const {
    std::optional<Message> found;
    for (const FloorTold& told : out_.told) {
      if (told.to.value != member) continue;
      if (const auto* message = std::get_if<Message>(&told.message)) found = *message;
    }
    return found;
  }
  template <class Message>
  [[nodiscard]] std::size_t count_told(std::uint32_t member) const {
    std::size_t count = 0;
    for (const FloorTold& told : out_.told) {
      count += told.to.value == member && std::holds_alternative<Message>(told.message) ? 1 : 0;
    }
    return count;
  }
  [[nodiscard]] std::optional<DenyCause> denied(std::uint32_t member) const;
  [[nodiscard]] std::optional<RevokeCause> revoked(std::uint32_t member) const;
  // The gate changes of the last step, e.g. "open 1, shut 2".
  [[nodiscard]] std::string gates() const;

  FloorWatch& watch() { return watch_; }

 private:
  template <class Step>
  void step(Step&& step);

  FloorArbiter arbiter_;
  FloorOutbox out_;
  FloorWatch watch_;
  Timestamp now_{std::chrono::hours(1)};
  std::vector<std::uint32_t> req_ids_ = std::vector<std::uint32_t>(400);
  std::vector<GrantId> grants_ = std::vector<GrantId>(400);
  std::vector<std::uint32_t> rtp_ = std::vector<std::uint32_t>(400);
};

}  // namespace parley::sfu
