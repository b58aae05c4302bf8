// The link a person opens: https://HOST[:PORT]/#e=CODE for a named user, or #i=CODE for a guest.
// The code is base64url, stands in the fragment, and so never reaches a server's access log.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace parley::client {

struct InvitationLink {
  static constexpr std::size_t kMaxLength = 2048;
  static constexpr std::size_t kCodeBytes = 16;

  std::string host;  // a name in lower case, or an address without brackets
  std::uint16_t port = 443;
  std::string invitation;  // kCodeBytes; empty when the link carries none

  // The host as browsers name it: what signatures are bound to (ClientConfig::host).
  [[nodiscard]] std::string signed_host() const;

  // invalid_argument with one sentence that says what is wrong.
  static Result<InvitationLink> parse(std::string_view text);
};

}  // namespace parley::client
