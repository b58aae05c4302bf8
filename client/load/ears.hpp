// The sockets of all members and what arrives at them: counted by the clear header, a sample
// decrypted and verified, the delay taken where the kernel stamps arrivals.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "client/load/sequence_tracker.hpp"
#include "client/load/target.hpp"
#include "net/udp_sink.hpp"

namespace parley::client {

struct EarsOptions {
  std::uint32_t sample = 100;  // one of so many packets of a member is decrypted and verified
  int receive_buffer_bytes = 4 << 20;
};

// Since the last reset().
struct EarTotals {
  std::uint64_t received = 0;  // voice packets, with duplicates
  std::uint64_t duplicated = 0;
  std::uint64_t reordered = 0;
  std::uint64_t verified = 0;  // decrypted, and every byte as the talker wrote it
  std::uint64_t corrupt = 0;   // decrypted without success, or other bytes
};

class Ears {
 public:
  // `target` outlives this object.
  Ears(Target& target, EarsOptions options) : target_(target), options_(options) {}

  // The socket of the next member. Stamped: each of its sampled packets gives a delay.
  Result<net::UdpSink*> add(bool stamped);
  [[nodiscard]] std::size_t size() const { return members_.size(); }

  // Takes everything that lies in this member's socket; returns the number of voice packets.
  std::size_t drain(MemberIndex member, Now now);
  // Forgets all counts; joined members stay.
  void reset();
  // Stamped members decrypt one of so many packets: all of them while the load can afford it.
  void set_probe_sample(std::uint32_t one_in) { probe_sample_ = one_in; }

  [[nodiscard]] EarTotals totals(std::span<const MemberIndex> members) const;
  // From the talker's send to the kernel's arrival at stamped members, since reset().
  [[nodiscard]] const std::vector<Duration>& delays() const { return delays_; }
  // When the member heard its first voice, since it was added.
  [[nodiscard]] std::optional<Timestamp> first_voice(MemberIndex member) const;

 private:
  struct Member {
    std::unique_ptr<net::UdpSink> socket;
    bool stamped;
    Timestamp first_voice = kNever;
    std::uint64_t heard = 0;  // ever: picks the sample
    std::uint64_t verified = 0;
    std::uint64_t corrupt = 0;
    std::vector<SequenceTracker> streams{};
  };

  void on_voice(Member& member, MemberIndex index, const Heard& heard,
                const net::SunkDatagram& datagram, Now now);

  Target& target_;
  EarsOptions options_;
  std::uint32_t probe_sample_ = 1;
  net::UdpDrain drain_;
  std::vector<Member> members_;
  std::vector<Duration> delays_;
};

}  // namespace parley::client
