// Errors on control paths. The packet path uses named drops instead (sfu/transport/drop.hpp).
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <utility>

namespace parley {

enum class ErrorCode : std::uint8_t {
  invalid_argument,  // the caller's input is malformed or outside its limits
  unauthenticated,   // unknown, forged or missing proof of identity
  expired,           // a proof that was good and is over
  already_used,      // a single-use proof seen twice
  not_found,
  already_exists,
  resource_exhausted,   // a named limit is reached
  failed_precondition,  // right input, wrong state
  unavailable,          // a service that is needed is not reachable now
  io,                   // the operating system or a library refused
};

struct Error {
  ErrorCode code;
  std::string message;  // one sentence for a person, without secrets
};

template <class T>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::string message) {
  return std::unexpected(Error{.code = code, .message = std::move(message)});
}

}  // namespace parley
