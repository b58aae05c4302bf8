// Floor control on the wire and as values: every name has its counterpart, and nothing else passes.
#include "sfu/core/floor_codec.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "protocol/limits.hpp"

namespace parley::sfu {
namespace {

using std::chrono::milliseconds;

TEST(FloorCodec, EveryModeThereAndBack) {
  const auto* const modes = floor::Mode_descriptor();
  for (int i = 0; i < modes->value_count(); ++i) {
    floor::Policy wire;
    wire.set_mode(static_cast<floor::Mode>(modes->value(i)->number()));
    const auto policy = to_policy(wire);
    ASSERT_TRUE(policy) << modes->value(i)->name();
    floor::Policy back;
    write_policy(*policy, back);
    EXPECT_EQ(back.mode(), wire.mode());
    EXPECT_EQ(protocol::find_violation(back), "") << modes->value(i)->name();
  }
}

TEST(FloorCodec, AbsentFieldsHaveTheDefaultsOfTheirMode) {
  floor::Policy wire;
  wire.set_mode(floor::CHAIRED);
  EXPECT_EQ(to_policy(wire), default_policy(FloorMode::chaired));
  wire.set_talk_limit_ms(0);
  EXPECT_EQ(to_policy(wire)->talk_limit, Duration::zero()) << "0 turns it off";
}

TEST(FloorCodec, EveryFieldOfAPolicyThereAndBack) {
  const FloorPolicy policy{.mode = FloorMode::multi,
                           .talkers = 3,
                           .queues = false,
                           .preempts_by_level = true,
                           .cap = {.tier = FloorTier::command, .level = 5},
                           .initiator = MemberId{77},
                           .first_media = milliseconds(1100),
                           .end_of_media = milliseconds(1200),
                           .talk_limit = milliseconds(13000),
                           .warning = milliseconds(1400),
                           .stuck = milliseconds(15000),
                           .grace_limit = milliseconds(1600),
                           .grace_preempted = milliseconds(1700),
                           .grace_emergency = milliseconds(180),
                           .offer = milliseconds(1900),
                           .queue_age = milliseconds(20000),
                           .emergency = milliseconds(210000),
                           .emergency_hold = milliseconds(2200),
                           .emergency_countdown = milliseconds(2300)};
  floor::Policy wire;
  write_policy(policy, wire);
  EXPECT_EQ(to_policy(wire), policy);
  const auto* const descriptor = floor::Policy::descriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    EXPECT_TRUE(wire.GetReflection()->HasField(wire, descriptor->field(i)))
        << descriptor->field(i)->name();
  }
}

TEST(FloorCodec, UnknownEnumerationsAreRefused) {
  floor::Policy policy;
  policy.set_mode(static_cast<floor::Mode>(99));
  EXPECT_FALSE(to_policy(policy));
  policy.set_mode(floor::PTT);
  policy.set_max_tier(static_cast<floor::Tier>(99));
  EXPECT_FALSE(to_policy(policy));
  floor::Rights rights;
  rights.set_role(static_cast<floor::Role>(99));
  EXPECT_FALSE(to_rights(rights));
  rights.set_role(floor::CHAIR);
  rights.set_max_tier(static_cast<floor::Tier>(-1));
  EXPECT_FALSE(to_rights(rights));
  floor::Request request;
  EXPECT_FALSE(to_request(request)) << "no body";
  request.mutable_press()->set_req_id(1);
  request.mutable_press()->set_tier(static_cast<floor::Tier>(99));
  EXPECT_FALSE(to_request(request));
  request.mutable_set_policy()->mutable_policy()->set_mode(static_cast<floor::Mode>(99));
  EXPECT_FALSE(to_request(request));
}

TEST(FloorCodec, EveryRoleAndTierIsUnderstood) {
  const auto* const roles = floor::Role_descriptor();
  const auto* const tiers = floor::Tier_descriptor();
  for (int role = 0; role < roles->value_count(); ++role) {
    for (int tier = 0; tier < tiers->value_count(); ++tier) {
      floor::Rights wire;
      wire.set_role(static_cast<floor::Role>(roles->value(role)->number()));
      wire.set_max_tier(static_cast<floor::Tier>(tiers->value(tier)->number()));
      wire.set_max_level(9);
      const auto rights = to_rights(wire);
      ASSERT_TRUE(rights);
      EXPECT_EQ(static_cast<int>(rights->limit.tier), tier);
      EXPECT_EQ(static_cast<int>(rights->role), role);
      EXPECT_EQ(rights->limit.level, 9);
    }
  }
}

TEST(FloorCodec, APressKeepsWhetherItKnowsItsFirstTimestamp) {
  floor::Request wire;
  wire.mutable_press()->set_req_id(5);
  EXPECT_FALSE(std::get<Press>(*to_request(wire)).first_timestamp);
  wire.mutable_press()->set_first_timestamp(0);
  EXPECT_EQ(std::get<Press>(*to_request(wire)).first_timestamp, 0U);
  wire.mutable_release()->mutable_grant()->set_number(3);
  EXPECT_FALSE(std::get<Release>(*to_request(wire)).last_timestamp);
  wire.mutable_release()->set_last_timestamp(7);
  EXPECT_EQ(std::get<Release>(*to_request(wire)).last_timestamp, 7U);
}

// The numbers of causes are those of the wire, by design.
TEST(FloorCodec, EveryCauseKeepsItsNumber) {
  const FloorPolicy policy;
  const FloorScene scene{
      .arbiter = nullptr, .policy = policy, .delegations = {}, .own_rights = nullptr, .now = {}};
  const auto* const denials = floor::Denied::Cause_descriptor();
  for (int i = 0; i < denials->value_count(); ++i) {
    const int number = denials->value(i)->number();
    if (number == 0) continue;
    floor::Event event;
    write_event(scene, {}, Denied{.req_id = 1, .cause = static_cast<DenyCause>(number)}, event);
    EXPECT_EQ(event.denied().cause(), number);
  }
  const auto* const revokes = floor::Revoked::Cause_descriptor();
  for (int i = 0; i < revokes->value_count(); ++i) {
    const int number = revokes->value(i)->number();
    if (number == 0) continue;
    floor::Event event;
    write_event(scene, {}, Revoked{.grant = {}, .cause = static_cast<RevokeCause>(number)}, event);
    EXPECT_EQ(event.revoked().cause(), number);
  }
}

TEST(FloorCodec, AStateTellsEverythingAndKeepsTheLimits) {
  FloorArbiter arbiter(default_policy(FloorMode::ptt), 9, 10);
  FloorOutbox out;
  const Timestamp start{std::chrono::hours(1)};
  const FloorRights rights{.role = FloorRole::chair, .delegation = 1};
  for (std::uint32_t member = 1; member <= 3; ++member) {
    arbiter.add(MemberId{member}, rights, start, out);
  }
  arbiter.on_request(MemberId{1}, Press{.req_id = 4}, start, out);
  arbiter.on_request(MemberId{2}, Press{.req_id = 5}, start, out);
  const std::array<std::string, 2> names{"", "north"};
  const FloorPolicy policy = arbiter.policy();
  const FloorScene scene{.arbiter = &arbiter,
                         .policy = policy,
                         .delegations = names,
                         .own_rights = &rights,
                         .now = start + milliseconds(1500)};
  floor::Event event;
  write_event(scene, MemberId{2}, StateTold{}, event);
  const floor::State& state = event.state();
  EXPECT_EQ(protocol::find_violation(event), "");
  ASSERT_EQ(state.holders_size(), 1);
  EXPECT_EQ(state.holders(0).member_id(), 1U);
  EXPECT_EQ(state.holders(0).for_ms(), 1500U);
  EXPECT_EQ(state.holders(0).grant().term(), 9U);
  ASSERT_EQ(state.queue().waiting_size(), 1);
  EXPECT_EQ(state.queue().waiting(0).member_id(), 2U);
  EXPECT_EQ(state.queue().spoken(0).delegation(), "north");
  EXPECT_EQ(state.own_position(), 1U);
  EXPECT_EQ(state.own_req_id(), 5U);
  EXPECT_EQ(state.own_rights().delegation(), "north");
  EXPECT_EQ(state.own_grant().number(), 0U);
  floor::Event to_holder;
  write_event(scene, MemberId{1}, StateTold{}, to_holder);
  EXPECT_EQ(to_holder.state().own_grant().number(), state.holders(0).grant().number());
}

}  // namespace
}  // namespace parley::sfu
