// Looks at an arbiter from outside after each step and says which invariant of docs/floor.md does
// not hold. Knows nothing of how the arbiter works.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sfu/floor/floor_arbiter.hpp"

namespace parley::sfu {

class FloorWatch {
 public:
  // Whether equals are served in the order in which they came: not where a chair orders the queue,
  // or an emergency changes priorities on the way.
  bool expects_arrival_order = true;

  void before(const FloorArbiter& arbiter);
  // What a step was asked to do, where the invariants depend on it.
  void on_press(MemberId member, std::uint32_t req_id);
  void on_cancel(MemberId member, std::uint32_t req_id);
  void on_release(MemberId member, const GrantId& grant, std::optional<std::uint32_t> last);
  void on_packet(const FloorArbiter& arbiter, MemberId member, std::uint32_t rtp, Timestamp now,
                 const FloorArbiter::Passage& passage);
  void on_removed(MemberId member);
  void on_lost(MemberId member) { lost_.insert(member); }
  void on_returned(MemberId member);
  void after(const FloorArbiter& arbiter, Timestamp now, const FloorOutbox& out);

  // The first thing that was wrong; empty: nothing.
  [[nodiscard]] const std::string& violation() const { return violation_; }

 private:
  struct Final {
    bool is_granted;
    GrantId grant;
    DenyCause cause;
    friend bool operator==(const Final&, const Final&) = default;
  };
  struct Burst {
    MemberId member;
    std::uint8_t channel;
    Timestamp since;
    std::optional<Timestamp> packet_at;
    std::optional<std::uint32_t> first;
    std::optional<std::uint32_t> last;
    bool is_ended_by_somebody = false;
  };
  using Asked = std::pair<MemberId, std::uint32_t>;

  void expect(bool holds, const char* what);
  void read_messages(const FloorArbiter& arbiter, const FloorOutbox& out);
  void read_answer(MemberId member, std::uint32_t req_id, const Final& final_answer);
  void read_gates(const FloorArbiter& arbiter, Timestamp now, const FloorOutbox& out);
  void check_holders(const FloorArbiter& arbiter, Timestamp now);
  void check_queue(const FloorArbiter& arbiter);
  void check_progress(const FloorArbiter& arbiter, Timestamp now);

  std::string violation_;
  std::map<Asked, Final> final_;
  std::map<Asked, bool> open_;  // presses that were put into the queue
  std::map<GrantId, Burst> gates_;
  std::optional<Asked> pressed_;
  std::optional<Asked> cancelled_;
  std::optional<std::pair<MemberId, GrantId>> released_;
  std::optional<std::uint32_t> released_last_;
  MemberId removed_{};
  MemberId returned_{};
  std::set<MemberId> lost_;
  std::set<MemberId> offered_;
  std::vector<FloorHolder> holders_before_;
  std::pair<std::uint32_t, std::uint64_t> seq_before_{};
  std::uint64_t message_id_ = 0;
  bool is_answered_ = false;
};

}  // namespace parley::sfu
