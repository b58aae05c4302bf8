#include "admin/table.hpp"

#include <algorithm>

namespace parley::admin_cli {
namespace {

constexpr std::string_view kGap = "  ";

// Characters, not bytes: those that continue one in UTF-8 do not count.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string cell_text(std::string_view cell) { return cell.empty() ? "-" : harmless(cell); }

}  // namespace

std::string harmless(std::string_view text) {
  std::string clean;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
    const bool is_c1 = byte == 0xC2 && next >= 0x80 && next < 0xA0;
    if (is_c1) ++i;
    clean += is_c1 || byte < 0x20 || byte == 0x7F ? '?' : text[i];
  }
  return clean;
}

std::string Table::text() const {
  std::vector<std::size_t> widths(rows_.front().size(), 0);
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], width_of(cell_text(row[i])));
    }
  }
  std::string lines;
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string cell = cell_text(row[i]);
      lines += cell;
      if (i + 1 == row.size()) break;
      lines.append(widths[i] - width_of(cell), ' ');
      lines += kGap;
    }
    lines += '\n';
  }
  return lines;
}

}  // namespace parley::admin_cli
