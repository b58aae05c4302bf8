// A kernel that takes less than it was given, or refuses: this executable's sendmmsg and sendmsg.
#pragma once

#include <deque>

namespace parley::test {

// What the next calls do, one element each; later calls reach the kernel as they are.
//   n > 0: the kernel sees the first n messages only
//   -e:    the call fails with errno e
extern std::deque<int> send_faults;
// Not 0: every message of several segments fails with this errno, as on a device that cannot.
extern int segmentation_error;
extern int send_calls;

}  // namespace parley::test
