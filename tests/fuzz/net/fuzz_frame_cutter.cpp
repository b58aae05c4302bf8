// Frames of TLS streams: the messages are the same however the stream was split, none is over the
// limit, and a broken stream stays broken.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "net/frame_cutter.hpp"

using namespace parley;

namespace {

constexpr std::size_t kLimit = 64;

struct Cut {
  std::vector<std::string> messages;
  bool is_broken = false;
  friend bool operator==(const Cut&, const Cut&) = default;
};

Cut cut_in_pieces(Bytes stream, std::size_t piece) {
  net::FrameCutter cutter(kLimit);
  Cut cut;
  while (!stream.empty()) {
    const Bytes part = stream.first(std::min(piece, stream.size()));
    stream = stream.subspan(part.size());
    cutter.feed(part);
    while (const auto message = cutter.next()) {
      PARLEY_CHECK(message->size() <= kLimit);
      cut.messages.emplace_back(as_text(*message));
    }
  }
  cut.is_broken = cutter.is_broken();
  return cut;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes stream = Bytes(data, size).subspan(1);
  const std::size_t piece = data[0] + std::size_t{1};
  PARLEY_CHECK(cut_in_pieces(stream, piece) == cut_in_pieces(stream, stream.size() + 1));
  return 0;
}
