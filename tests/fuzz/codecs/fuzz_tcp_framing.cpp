// ICE-TCP framing: a stream gives the same packets whole and in pieces. The first byte says how
// long the pieces are.
#include <algorithm>
#include <vector>

#include "base/check.hpp"
#include "codecs/tcp_framing.hpp"

using namespace parley;

namespace {

struct Cut {
  std::vector<std::uint8_t> bytes;
  std::vector<std::size_t> sizes;
  bool is_broken = false;
  friend bool operator==(const Cut&, const Cut&) = default;
};

Cut cut(std::vector<std::uint8_t> stream, std::size_t piece) {
  codecs::TcpDeframer deframer;
  Cut result;
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    deframer.feed(MutableBytes(stream).subspan(at, std::min(piece, stream.size() - at)));
    while (const auto packet = deframer.next()) {
      PARLEY_CHECK(!packet->empty() && packet->size() <= kMaxDatagram);
      result.bytes.insert(result.bytes.end(), packet->begin(), packet->end());
      result.sizes.push_back(packet->size());
      std::ranges::fill(*packet, std::uint8_t{0xff});  // packets are decrypted in place
    }
  }
  result.is_broken = deframer.is_broken();
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::vector<std::uint8_t> stream(data + 1, data + size);
  const std::size_t piece = std::size_t{data[0]} + 1;
  PARLEY_CHECK(cut(stream, stream.size()) == cut(stream, piece));
  return 0;
}
