// Which packet indices of one stream were seen (RFC 3711 3.3.2): the highest and a bitmap of the
// `kWindow` indices that end with it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace parley::sfu {

template <std::size_t kWindow>
class ReplayWindow {
  static_assert(kWindow % 64 == 0);

 public:
  // `first`: the first authentic index of the stream.
  explicit ReplayWindow(std::uint64_t first) : highest_(first) { set(first); }

  // False: seen before, or too old to tell.
  [[nodiscard]] bool is_fresh(std::uint64_t index) const {
    if (index > highest_) return true;
    return highest_ - index < kWindow && (word(index) & bit(index)) == 0;
  }
  // `index` is fresh, and its packet is authentic.
  void add(std::uint64_t index) {
    if (index > highest_) {
      if (index - highest_ >= kWindow) {
        seen_.fill(0);
      } else {
        for (std::uint64_t i = highest_ + 1; i != index; ++i) seen_[place(i)] &= ~bit(i);
      }
      highest_ = index;
    }
    set(index);
  }
  [[nodiscard]] std::uint64_t highest() const { return highest_; }

 private:
  static constexpr std::size_t place(std::uint64_t index) { return index / 64 % (kWindow / 64); }
  static constexpr std::uint64_t bit(std::uint64_t index) { return std::uint64_t{1} << index % 64; }
  [[nodiscard]] std::uint64_t word(std::uint64_t index) const { return seen_[place(index)]; }
  void set(std::uint64_t index) { seen_[place(index)] |= bit(index); }

  std::uint64_t highest_;
  std::array<std::uint64_t, kWindow / 64> seen_{};  // the bit of an index is index % kWindow
};

}  // namespace parley::sfu
