// Both directions of the link between the signaling service and a media node.
#include "protocol/control.pb.h"
#include "tests/fuzz/protocol/check_decoded.hpp"

using namespace parley;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  protocol::check_decoded<control::ToNode>(input, protocol::kMaxControlMessage);
  protocol::check_decoded<control::FromNode>(input, protocol::kMaxControlMessage);
  return 0;
}
