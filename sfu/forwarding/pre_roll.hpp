// What a talker said in the last moments before his gate opened: copies of his newest packets. A
// press and its first words travel on different ways; whichever comes first, no word is lost.
// Rings come from a pool and go back as soon as they are empty, so listeners cost nothing. Owned by
// a worker; one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/time.hpp"
#include "sfu/forwarding/uplink.hpp"

namespace parley::sfu {

// How far back held voice reaches. More: a press that travels slowly keeps its first word. Less:
// less of what was said before the button went down can be heard.
inline constexpr Duration kPreRoll = std::chrono::milliseconds(300);

class PreRoll {
 public:
  // 300 ms of 10 ms frames, and of 20 ms frames at 200 kb/s. What is over it crowds out the oldest.
  static constexpr std::size_t kMaxPackets = 32;
  static constexpr std::size_t kMaxBytes = 8192;

  // Keeps a copy; how many older ones had to go for it. A payload larger than kMaxBytes cannot be.
  std::size_t push(const VoicePacket& packet, Timestamp now);
  // Forgets what came at or before `time`; how many that were.
  std::size_t forget_until(Timestamp time);
  // Takes the packet with the lowest sequence number out. Its payload is valid until the next push.
  [[nodiscard]] std::optional<VoicePacket> take_first();
  void clear();

  [[nodiscard]] std::size_t size() const { return count_; }
  [[nodiscard]] bool is_empty() const { return count_ == 0; }
  [[nodiscard]] std::uint64_t highest_sequence() const;
  // When the oldest one came; kNever when empty.
  [[nodiscard]] Timestamp oldest() const;

 private:
  struct Entry {
    Timestamp arrived;
    std::uint64_t sequence;
    std::uint32_t timestamp;
    std::uint16_t offset;
    std::uint16_t size;
    std::uint8_t level;
    bool marker;
  };

  [[nodiscard]] std::optional<std::uint16_t> find_room(std::size_t size) const;
  void erase(std::size_t position);

  std::array<Entry, kMaxPackets> entries_;  // by arrival, the first `count_` of them
  std::size_t count_ = 0;
  std::array<std::uint8_t, kMaxBytes> bytes_;
};

class PreRollPool {
 public:
  // Talkers of one worker who are held back at once. More: memory (9 KB each). Less: in a rush the
  // first words of a press are lost.
  static constexpr std::size_t kMaxRings = 512;

  // An empty ring, or none: all are in use.
  [[nodiscard]] std::unique_ptr<PreRoll> take();
  void give(std::unique_ptr<PreRoll> ring);
  [[nodiscard]] std::size_t in_use() const { return in_use_; }

 private:
  std::vector<std::unique_ptr<PreRoll>> free_;
  std::size_t in_use_ = 0;
};

}  // namespace parley::sfu
