// What a device signs to prove that it holds its key: client and server build the same bytes.
// Source: the comments of api.Enrol and api.Login.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace parley::protocol {

inline constexpr std::size_t kChallengeBytes = 32;
inline constexpr std::size_t kSignatureBytes = 64;

enum class ProofOf { enrolment, login };

// `host`: of the URL the client connected to, in lower case and without port; it binds the
// signature to the server the client meant. `what`: the public key (enrolment) or the credential
// (login).
[[nodiscard]] inline std::string proof_text(ProofOf purpose, std::string_view host,
                                            std::string_view challenge, std::string_view what) {
  std::string text(purpose == ProofOf::enrolment ? "parley enrol 1" : "parley login 1");
  text += '\0';
  text += host;
  text += '\0';
  text += challenge;
  text += what;
  return text;
}

}  // namespace parley::protocol
