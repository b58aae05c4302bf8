// Views of bytes and the one bounded reader and writer every codec uses. Big-endian (network)
// order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace parley {

using Bytes = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;

[[nodiscard]] inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
[[nodiscard]] inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Reads from the front of a view. A read past the end returns zeros and makes ok() false for good,
// so a parser may read a whole header and ask once.
class ByteReader {
 public:
  explicit ByteReader(Bytes bytes) : rest_(bytes) {}
  std::uint8_t u8();
  std::uint16_t u16();
  std::uint32_t u24();
  std::uint32_t u32();
  std::uint64_t u64();
  Bytes take(std::size_t count);
  void skip(std::size_t count) { take(count); }
  [[nodiscard]] Bytes rest() const { return rest_; }
  [[nodiscard]] std::size_t remaining() const { return rest_.size(); }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  std::uint64_t number(std::size_t count);
  Bytes rest_;
  bool ok_ = true;
};

// Writes into a caller's buffer. A write past the end writes nothing and makes ok() false for good.
class ByteWriter {
 public:
  explicit ByteWriter(MutableBytes out) : out_(out) {}
  void u8(std::uint8_t value) { number(value, 1); }
  void u16(std::uint16_t value) { number(value, 2); }
  void u24(std::uint32_t value) { number(value, 3); }
  void u32(std::uint32_t value) { number(value, 4); }
  void u64(std::uint64_t value) { number(value, 8); }
  void bytes(Bytes value);
  void zeros(std::size_t count);
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] Bytes written() const { return out_.first(size_); }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  void number(std::uint64_t value, std::size_t count);
  bool reserve(std::size_t count);
  MutableBytes out_;
  std::size_t size_ = 0;
  bool ok_ = true;
};

// True when both are equal; takes the same time for every content of the same length.
[[nodiscard]] bool equal_constant_time(Bytes a, Bytes b);

}  // namespace parley
