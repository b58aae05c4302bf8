#include "signaling/rooms/floor_sequence.hpp"

namespace parley::signaling {

FloorSequence::Step FloorSequence::on_event(std::uint32_t term, std::uint64_t fseq) {
  const bool is_later_term = term > term_;
  if (!is_later_term && (term < term_ || fseq <= fseq_)) return {};
  const std::uint64_t missed = is_later_term ? 0 : fseq - fseq_ - 1;
  term_ = term;
  fseq_ = fseq;
  return {.is_change = true, .missed = missed};
}

}  // namespace parley::signaling
