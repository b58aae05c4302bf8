// After its members are there, an arbiter allocates nothing.
#include <gtest/gtest.h>

#include "sfu/floor/floor_arbiter.hpp"
#include "tests/support/counting_malloc.hpp"

namespace parley::sfu {
namespace {

using std::chrono::milliseconds;
using test::allocations;

void clear(FloorOutbox& out) {
  out.told.clear();
  out.gates.clear();
}

TEST(Allocation, NoStepAllocatesAfterTheMembersAreThere) {
  constexpr std::uint32_t kMembers = 300;
  FloorOutbox out;
  out.told.reserve(2000);
  out.gates.reserve(100);
  Timestamp now{std::chrono::hours(1)};
  FloorArbiter arbiter(default_policy(FloorMode::chaired), 1, kMembers);
  for (std::uint32_t id = 1; id <= kMembers; ++id) {
    const FloorRole role = id == 1 ? FloorRole::chair : FloorRole::talker;
    arbiter.add(MemberId{id}, {.role = role, .limit = {.tier = FloorTier::emergency}}, now, out);
  }

  const std::size_t before = allocations;
  std::uint64_t passed = 0;
  for (std::uint32_t round = 1; round <= 400; ++round) {
    for (std::uint32_t id = 2; id <= kMembers; ++id) {
      arbiter.on_request(MemberId{id}, Press{.req_id = round, .asked = {}}, now, out);
      clear(out);
    }
    arbiter.on_request(MemberId{1}, Give{arbiter.queue().front().member}, now, out);
    const FloorHolder holder = arbiter.holders().front();
    for (std::uint32_t packet = 0; packet < 20; ++packet) {
      const auto passage = arbiter.on_packet(holder.member, packet * 960, now, out);
      passed += passage.verdict == GateVerdict::pass ? 1 : 0;
      now += milliseconds(20);
      arbiter.tick(now, out);
      clear(out);
    }
    const auto set = SetEmergency{.id = round};
    arbiter.on_request(MemberId{2 + round % 200}, set, now, out);
    arbiter.on_request(MemberId{1}, ClearEmergency{round}, now, out);
    arbiter.on_request(holder.member, Release{.grant = holder.grant}, now, out);
    arbiter.on_voice_without_grant(MemberId{250}, now, out);
    now += milliseconds(1000);
    arbiter.tick(now, out);
    clear(out);
  }
  EXPECT_EQ(allocations - before, 0U);
  EXPECT_GT(passed, 4000U);
}

}  // namespace
}  // namespace parley::sfu
