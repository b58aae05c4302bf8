// Columns of text for a terminal.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace parley::admin_cli {

// Without what a terminal would take for an order: a device chooses its label.
[[nodiscard]] std::string harmless(std::string_view text);

class Table {
 public:
  Table(std::initializer_list<std::string> header) { rows_.emplace_back(header); }
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  // One line for the header and each row; every cell is harmless, an empty one is "-".
  [[nodiscard]] std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace parley::admin_cli
