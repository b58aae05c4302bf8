// What a media node is shown as a ticket: nothing but what was signed is ever taken.
#include <array>

#include "base/check.hpp"
#include "protocol/ticket.hpp"

using namespace parley;

namespace {

// The bytes 0, 1, 2 ... as a seed, so that the corpus holds a good ticket.
class CountingBytes final : public RandomSource {
 public:
  void fill(MutableBytes out) override {
    for (std::uint8_t& byte : out) byte = next_++;
  }

 private:
  std::uint8_t next_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static CountingBytes seed;
  static const protocol::TicketMint mint(seed);
  const Bytes input(data, size);
  constexpr WallTime kNow{Duration(1'767'225'660'000'000)};
  const auto ticket = protocol::verify_ticket(input, mint.public_key(), kNow);
  if (!ticket) {
    PARLEY_CHECK(!ticket.error().message.empty());
    return 0;
  }
  PARLEY_CHECK(as_bytes(mint.mint(*ticket)).size() == size);
  PARLEY_CHECK(mint.mint(*ticket) == as_text(input));  // signatures of Ed25519 are one of a kind
  return 0;
}
