// RTP: what parses has views inside the packet, whatever the extension ids say.
#include "base/check.hpp"
#include "codecs/rtp.hpp"

using namespace parley;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes packet(data, size);
  (void)codecs::classify(packet);
  (void)codecs::peek_rtp_ssrc(packet);
  for (const bool is_encrypted : {false, true}) {
    const auto view = codecs::parse_rtp(packet, is_encrypted);
    if (!view) continue;
    PARLEY_CHECK(view->header_size + view->payload.size() <= size);
    PARLEY_CHECK(view->extension.size() <= codecs::kMaxRtpExtensionBytes);
    PARLEY_CHECK(codecs::peek_rtp_ssrc(packet) == view->ssrc);
    for (unsigned id = 0; id < 256; ++id) {
      const auto level = codecs::find_audio_level(*view, static_cast<std::uint8_t>(id));
      PARLEY_CHECK(!level || level->dbov <= 127);
    }
  }
  return 0;
}
