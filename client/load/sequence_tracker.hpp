// What became of one stream of numbered packets: counted by the number in the clear, without
// decrypting. Pure.
#pragma once

#include <cstdint>

namespace parley::client {

class SequenceTracker {
 public:
  // Numbers are `bits` wide (1 to 16) and wrap around.
  explicit SequenceTracker(std::uint8_t bits = 16) : bits_(bits) {}

  void on_packet(std::uint16_t sequence);

  [[nodiscard]] std::uint64_t received() const { return received_; }  // with duplicates
  [[nodiscard]] std::uint64_t duplicated() const { return duplicated_; }
  [[nodiscard]] std::uint64_t reordered() const { return reordered_; }
  // Numbers between the first and the highest that never came.
  [[nodiscard]] std::uint64_t missing() const;

 private:
  // How far back a duplicate is told from a packet that is only late, in packets.
  static constexpr std::int32_t kWindow = 64;

  std::uint8_t bits_;
  bool has_started_ = false;
  std::uint16_t highest_ = 0;
  std::uint64_t seen_ = 0;  // bit i: highest_ - i came
  std::uint64_t span_ = 0;  // numbers from the first to the highest
  std::uint64_t received_ = 0;
  std::uint64_t duplicated_ = 0;
  std::uint64_t reordered_ = 0;
};

}  // namespace parley::client
