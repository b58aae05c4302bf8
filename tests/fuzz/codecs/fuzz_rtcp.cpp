// RTCP: what parses keeps its bounds, and its reports survive being written and read again.
#include <algorithm>
#include <array>

#include "base/check.hpp"
#include "base/packet_batch.hpp"
#include "codecs/rtcp.hpp"

using namespace parley;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto view = codecs::parse_rtcp(Bytes(data, size));
  if (!view) return 0;
  PARLEY_CHECK(view->reports.size() <= codecs::RtcpView::kMaxItems);
  PARLEY_CHECK(view->byes.size() <= codecs::RtcpView::kMaxItems);
  const auto blocks =
      std::span(view->reports).first(std::min<std::size_t>(view->reports.size(), 31));
  std::array<std::uint8_t, kMaxDatagram> out{};
  const std::size_t written = codecs::write_receiver_report(Ssrc{1}, blocks, out);
  const auto again = codecs::parse_rtcp(Bytes(out).first(written));
  PARLEY_CHECK(again && again->reports.size() == blocks.size());
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    PARLEY_CHECK(again->reports[i].cumulative_lost == blocks[i].cumulative_lost);
    PARLEY_CHECK(again->reports[i].highest_sequence == blocks[i].highest_sequence);
  }
  return 0;
}
