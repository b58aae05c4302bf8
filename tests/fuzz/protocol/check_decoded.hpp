// What holds for every input of protocol::decode.
#pragma once

#include <string>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "protocol/limits.hpp"

namespace parley::protocol {

// An input of at most `max_bytes` becomes a message within its limits, which survives being written
// and read again, or a failure that says why.
template <class Message>
void check_decoded(Bytes input, std::size_t max_bytes) {
  Message message;
  const auto decoded = decode(input, max_bytes, message);
  if (!decoded) {
    PARLEY_CHECK(!decoded.error().detail.empty());
    return;
  }
  PARLEY_CHECK(input.size() <= max_bytes);
  PARLEY_CHECK(find_violation(message).empty());
  const std::string again = message.SerializeAsString();
  Message copy;
  PARLEY_CHECK(decode(as_bytes(again), again.size(), copy).has_value());
  PARLEY_CHECK(copy.body_case() == message.body_case());
}

}  // namespace parley::protocol
