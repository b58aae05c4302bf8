// The headers every HTTP response carries, so that a browser lets the page do what it needs and
// nothing else.
#pragma once

#include <span>
#include <string_view>

namespace parley::signaling {

struct ResponseHeader {
  const char* name;  // lower case, with the colon
  std::string_view value;
};

// For all responses. `with_hsts`: also Strict-Transport-Security.
[[nodiscard]] std::span<const ResponseHeader> security_headers(bool with_hsts);

// HSTS covers every port and service of a host name, so it is for names that are Parley's own: not
// for "localhost", where it would break what else runs there, and it does not exist for addresses
// (RFC 6797 8.1.1). `public_url` is "https://host" or "https://host:port".
[[nodiscard]] bool wants_hsts(std::string_view public_url);

}  // namespace parley::signaling
