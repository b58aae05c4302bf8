// What other servers say to parley-load: any bytes are refused in peace, and what is parsed never
// points outside. The first byte chooses the parser.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "client/load/janus_messages.hpp"
#include "client/load/janus_sdp.hpp"
#include "client/load/mumble_session.hpp"

namespace {

using namespace parley;
using namespace parley::client;

void parse_sdp_twice(Bytes input) {
  const auto offer = parse_sdp(as_text(input));
  if (!offer) return;
  PARLEY_CHECK(!offer->media.empty() && offer->media.size() <= kMaxSdpMedia);
  PARLEY_CHECK(
      !write_sdp_answer({.ice = {.ufrag = "us", .pwd = "pwd"}, .fingerprint = {}}, *offer).empty());
}

void log_in(Bytes input) {
  MumbleSession session("listener", 1);
  std::string answer;
  const std::size_t half = input.size() / 2;
  session.on_stream(input.first(half), answer);
  session.on_stream(input.subspan(half), answer);
}

void hear(Bytes input) {
  const auto voice = parse_mumble_voice(input);
  if (!voice || voice->opus.empty()) return;
  PARLEY_CHECK(voice->opus.data() > input.data());
  PARLEY_CHECK(voice->opus.data() + voice->opus.size() <= input.data() + input.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  // A copy of its own, so that a read past the end is seen.
  const std::vector<std::uint8_t> input(data + 1, data + size);
  switch (data[0] % 4) {
    case 0:
      parse_sdp_twice(input);
      break;
    case 1:
      static_cast<void>(parse_janus_reply(as_text(input)));
      break;
    case 2:
      log_in(input);
      break;
    case 3:
      hear(input);
      break;
  }
  return 0;
}
