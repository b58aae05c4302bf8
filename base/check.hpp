// Our own broken invariants end the process in every build. Never used on input.
#pragma once

namespace parley {

// The text of the invariant that failed, readable in a core dump and by a shell's SIGABRT handler.
extern const char* volatile failed_invariant;

[[noreturn]] void fail_invariant(const char* text);

}  // namespace parley

#define PARLEY_CHECK(condition) \
  (static_cast<bool>(condition) ? void() : ::parley::fail_invariant(__FILE__ ": " #condition))
