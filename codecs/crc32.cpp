#include "codecs/crc32.hpp"

#include <array>

namespace parley::codecs {
namespace {

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ ((value & 1) != 0 ? 0xedb88320U : 0U);
    table[i] = value;
  }
  return table;
}

constexpr std::array<std::uint32_t, 256> kTable = make_table();

}  // namespace

std::uint32_t crc32(Bytes bytes) {
  std::uint32_t value = ~std::uint32_t{0};
  for (const std::uint8_t byte : bytes) value = value >> 8 ^ kTable[(value ^ byte) & 0xffU];
  return ~value;
}

}  // namespace parley::codecs
