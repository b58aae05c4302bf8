#include "base/bytes.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace parley {

namespace {

template <class Number>
void store_big_endian(std::uint8_t* to, Number value) {
  if constexpr (std::endian::native == std::endian::little) value = std::byteswap(value);
  std::memcpy(to, &value, sizeof value);
}

}  // namespace

std::uint64_t ByteReader::number(std::size_t count) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : take(count)) value = value << 8 | byte;
  return value;
}

std::uint8_t ByteReader::u8() { return static_cast<std::uint8_t>(number(1)); }
std::uint16_t ByteReader::u16() { return static_cast<std::uint16_t>(number(2)); }
std::uint32_t ByteReader::u24() { return static_cast<std::uint32_t>(number(3)); }
std::uint32_t ByteReader::u32() { return static_cast<std::uint32_t>(number(4)); }
std::uint64_t ByteReader::u64() { return number(8); }

Bytes ByteReader::take(std::size_t count) {
  if (!ok_ || count > rest_.size()) {
    ok_ = false;
    rest_ = {};
    return {};
  }
  const Bytes taken = rest_.first(count);
  rest_ = rest_.subspan(count);
  return taken;
}

bool ByteWriter::reserve(std::size_t count) {
  if (!ok_ || count > out_.size() - size_) ok_ = false;
  return ok_;
}

void ByteWriter::number(std::uint64_t value, std::size_t count) {
  if (!reserve(count)) return;
  // Headers are written for every listener of every packet, so the common sizes are one store each.
  std::uint8_t* const to = out_.data() + size_;
  size_ += count;
  switch (count) {
    case 1:
      *to = static_cast<std::uint8_t>(value);
      return;
    case 2:
      return store_big_endian(to, static_cast<std::uint16_t>(value));
    case 4:
      return store_big_endian(to, static_cast<std::uint32_t>(value));
    default:
      for (std::size_t i = 0; i < count; ++i) {
        to[i] = static_cast<std::uint8_t>(value >> (8 * (count - 1 - i)));
      }
  }
}

void ByteWriter::bytes(Bytes value) {
  if (!reserve(value.size())) return;
  if (!value.empty()) std::memmove(out_.data() + size_, value.data(), value.size());
  size_ += value.size();
}

void ByteWriter::zeros(std::size_t count) {
  if (!reserve(count)) return;
  std::fill_n(out_.data() + size_, count, std::uint8_t{0});
  size_ += count;
}

bool equal_constant_time(Bytes a, Bytes b) {
  if (a.size() != b.size()) return false;
  volatile std::uint8_t difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<std::uint8_t>(difference | (a[i] ^ b[i]));
  }
  return difference == 0;
}

}  // namespace parley
