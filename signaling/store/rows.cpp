#include "signaling/store/rows.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace parley::signaling {
namespace {

struct Lead {
  std::size_t bytes;
  std::uint32_t bits;
  std::uint32_t smallest;  // a smaller code point in this length is an overlong form (RFC 3629 3)
};

Lead read_lead(std::uint8_t byte) {
  if (byte < 0x80) return {.bytes = 1, .bits = byte, .smallest = 1};  // no NUL
  if ((byte & 0xE0) == 0xC0) return {.bytes = 2, .bits = byte & 0x1FU, .smallest = 0x80};
  if ((byte & 0xF0) == 0xE0) return {.bytes = 3, .bits = byte & 0x0FU, .smallest = 0x800};
  if ((byte & 0xF8) == 0xF0) return {.bytes = 4, .bits = byte & 0x07U, .smallest = 0x10000};
  return {.bytes = 0, .bits = 0, .smallest = 0};
}

// What PostgreSQL takes as TEXT: UTF-8 without a NUL.
bool is_storable(std::string_view text) {
  while (!text.empty()) {
    const Lead lead = read_lead(static_cast<std::uint8_t>(text.front()));
    if (lead.bytes == 0 || lead.bytes > text.size()) return false;
    std::uint32_t point = lead.bits;
    for (const char next : text.substr(1, lead.bytes - 1)) {
      const auto byte = static_cast<std::uint8_t>(next);
      if ((byte & 0xC0) != 0x80) return false;
      point = (point << 6) | (byte & 0x3FU);
    }
    const bool is_surrogate = point >= 0xD800 && point <= 0xDFFF;
    if (point < lead.smallest || point > 0x10FFFF || is_surrogate) return false;
    text.remove_prefix(lead.bytes);
  }
  return true;
}

void check_shape(const Write& write) {
  const bool is_put = write.kind == Write::Kind::put;
  const Table& table = *write.table;
  PARLEY_CHECK(is_put || !table.is_append_only);
  PARLEY_CHECK(write.row.size() == (is_put ? table.columns.size() : table.key_columns));
  for (std::size_t i = 0; i < write.row.size(); ++i) {
    PARLEY_CHECK(write.row[i].index() == static_cast<std::size_t>(table.columns[i].type));
  }
}

}  // namespace

Result<void> check_changes(const Changes& changes) {
  for (const Write& write : changes) {
    check_shape(write);
    for (const Value& value : write.row) {
      const auto* const text = std::get_if<std::string>(&value);
      if (text == nullptr || is_storable(*text)) continue;
      return fail(ErrorCode::io, "A text for the table " + std::string(write.table->name) +
                                     " is not UTF-8, or contains a NUL.");
    }
  }
  return {};
}

}  // namespace parley::signaling
