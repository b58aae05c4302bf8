// What a store keeps: rows of named columns, in the tables of the schema. Values only, the same for
// every engine.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace parley::signaling {

// Ids and numbers are 64 bits; an unsigned id is kept as the signed number of the same bits.
using Blob = std::vector<std::uint8_t>;
using Value = std::variant<std::int64_t, std::string, Blob>;
using Row = std::vector<Value>;

enum class ColumnType : std::uint8_t { number, text, blob };

struct Column {
  std::string_view name;
  ColumnType type;
};

struct Table {
  std::string_view name;
  std::span<const Column> columns;
  std::size_t key_columns;  // the first ones are the primary key
  bool is_append_only = false;
};

// One change of one row. put: the whole row, new or changed; remove: its key.
struct Write {
  enum class Kind : std::uint8_t { put, remove };
  Kind kind;
  const Table* table;  // of the schema
  Row row;
};

// All or nothing, in this order.
using Changes = std::vector<Write>;

// What every engine asks of a transaction. io: a text that is not UTF-8 or contains a NUL. Aborts
// where a row has not the columns of its table, or something append-only would be removed.
[[nodiscard]] Result<void> check_changes(const Changes& changes);

}  // namespace parley::signaling
