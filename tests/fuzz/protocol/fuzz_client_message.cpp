// Both directions of the WebSocket: what a client sends, and what a server sends to a client.
#include "protocol/client.pb.h"
#include "tests/fuzz/protocol/check_decoded.hpp"

using namespace parley;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  protocol::check_decoded<api::ClientMessage>(input, protocol::kMaxClientMessage);
  protocol::check_decoded<api::ServerMessage>(input, protocol::kMaxServerMessage);
  return 0;
}
