// What may appear in a log of an address, a name or a token.
#pragma once

#include <string>
#include <string_view>

#include "base/endpoint.hpp"

namespace parley {

// "192.0.2.0/24" and "2001:db8::/32": enough to see a network, not a person.
[[nodiscard]] std::string redacted(const Endpoint& endpoint);
// The first two characters and the length: "Al...(5)". Control characters never pass.
[[nodiscard]] std::string redacted(std::string_view text);

}  // namespace parley
