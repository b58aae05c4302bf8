// Where the floor of a room stands, by the (term, fseq) of the events that the media node tells:
// what is new, and what was missed.
#pragma once

#include <cstdint>

namespace parley::signaling {

class FloorSequence {
 public:
  struct Step {
    bool is_change = false;    // the first event of a state that was not known before
    std::uint64_t missed = 0;  // changes of this term before it that were never told
  };
  // A later term begins anew. What is older changes nothing.
  Step on_event(std::uint32_t term, std::uint64_t fseq);

 private:
  std::uint32_t term_ = 0;  // 0: nothing was told yet
  std::uint64_t fseq_ = 0;
};

}  // namespace parley::signaling
