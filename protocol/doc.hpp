// The reference of the protocol as a page, written from the schema, its comments and its limits.
// Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace parley::protocol {

// docs/protocol.md as Markdown: the hand-written `intro`, then each message. `schema` is a
// FileDescriptorSet with imports and source info (protoc --descriptor_set_out --include_imports
// --include_source_info) of protocol/client.proto, protocol/floor.proto and
// protocol/control.proto.
// invalid_argument: it is not.
[[nodiscard]] Result<std::string> write_reference(Bytes schema, std::string_view intro);

}  // namespace parley::protocol
