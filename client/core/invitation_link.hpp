// The link a person opens: https://HOST[:PORT]/#i=INVITATION. The invitation is base64url, stands
// in the fragment, and so never reaches a server's access log.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace parley::client {

struct InvitationLink {
  static constexpr std::size_t kMaxLength = 2048;

  std::string host;  // a name or an address, without brackets
  std::uint16_t port = 443;
  std::string invitation;  // binary; empty when the link carries none

  // invalid_argument with one sentence that says what is wrong.
  static Result<InvitationLink> parse(std::string_view text);
};

}  // namespace parley::client
