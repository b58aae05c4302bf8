// Ogg/Opus: as it comes, and once more with the checksum of every page set right, so that mutated
// pages are read and not only refused.
#include <ogg/ogg.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/check.hpp"
#include "codecs/ogg_opus.hpp"
#include "codecs/opus.hpp"

using namespace parley;

namespace {

constexpr std::size_t kPageHeader = 27;

// Sets the checksum of the page at `at`; returns its size, 0 when there is no whole page.
std::size_t repair_page(std::vector<std::uint8_t>& file, std::size_t at) {
  const Bytes rest = Bytes(file).subspan(at);
  if (rest.size() < kPageHeader || as_text(rest.first(4)) != "OggS") return 0;
  const std::size_t segments = rest[26];
  if (rest.size() < kPageHeader + segments) return 0;
  std::size_t body = 0;
  for (const std::uint8_t lacing : rest.subspan(kPageHeader, segments)) body += lacing;
  if (rest.size() < kPageHeader + segments + body) return 0;
  ogg_page page{};
  page.header = file.data() + at;
  page.header_len = static_cast<long>(kPageHeader + segments);
  page.body = page.header + page.header_len;
  page.body_len = static_cast<long>(body);
  ogg_page_checksum_set(&page);
  return kPageHeader + segments + body;
}

void read(Bytes file) {
  const auto recording = codecs::read_ogg_opus(file);
  if (!recording) return;
  PARLEY_CHECK(recording->channels == 1 || recording->channels == 2);
  for (const auto& packet : recording->packets) PARLEY_CHECK(codecs::inspect_opus(packet));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  read(Bytes(data, size));
  std::vector<std::uint8_t> repaired(data, data + size);
  for (std::size_t at = 0; at < size;) {
    const std::size_t page = repair_page(repaired, at);
    if (page == 0) break;
    at += page;
  }
  read(repaired);
  return 0;
}
