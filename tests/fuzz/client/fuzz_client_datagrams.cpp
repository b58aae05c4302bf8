// Datagrams of an attacker who can send from the node's address into an established call: none may
// end or stall it (security.md S4).
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/check.hpp"
#include "tests/unit/client/small_call.hpp"

namespace {

using parley::test::SmallCall;

struct EstablishedCall {
  EstablishedCall() {
    talker = &call.add({});
    listener = &call.add({});
    PARLEY_CHECK(call.run_until(
        [this] {
          return talker->core->is_media_connected() && listener->core->is_media_connected();
        },
        std::chrono::seconds(5)));
  }
  SmallCall call;
  SmallCall::Person* talker;
  SmallCall::Person* listener;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static EstablishedCall established;
  if (size > parley::kMaxDatagram) return 0;
  established.call.inject(*established.listener, std::vector<std::uint8_t>(data, data + size));
  PARLEY_CHECK(established.listener->core->is_media_connected());
  established.listener->heard.clear();
  const std::uint64_t before = established.listener->core->counters().rtp_received;
  established.call.say(*established.talker, "still here");
  established.call.run(SmallCall::kStep * 2);
  PARLEY_CHECK(established.listener->core->counters().rtp_received == before + 1);
  return 0;
}
