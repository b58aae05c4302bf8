// What the media process may ask of the kernel once it runs (P1 of the security design): its
// sockets, its timers, its memory, and files to read. No programs, no other processes, nothing to
// write to.
#pragma once

#include "base/result.hpp"

namespace parley::sfu {

// Sanitizers ask the kernel for more than the node does.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSandboxFits = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kSandboxFits = false;
#else
inline constexpr bool kSandboxFits = true;
#endif
#else
inline constexpr bool kSandboxFits = true;
#endif

// Holds every thread of the process, those that exist and those to come, to the list in the .cpp,
// for good; any other call ends the process (SIGSYS). Errors: unavailable (the kernel or the
// container refuses filters).
[[nodiscard]] Result<void> enter_sandbox();

}  // namespace parley::sfu
