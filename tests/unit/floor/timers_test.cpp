// Each timer one millisecond before its time, at it and after it.
#include <gtest/gtest.h>

#include <functional>

#include "tests/unit/floor/floor_room.hpp"

namespace parley::sfu {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr FloorRights kDispatcher{.role = FloorRole::dispatcher,
                                  .limit = {.tier = FloorTier::emergency}};
constexpr FloorRights kPriority{.limit = {.tier = FloorTier::priority}};

// A timer starts in `start` and has expired when `has_expired` says so.
struct Timer {
  const char* name;
  FloorPolicy policy;
  std::function<void(FloorRoom&)> start;
  Duration time;
  std::function<bool(FloorRoom&)> has_expired;
};

void PrintTo(const Timer& timer, std::ostream* out) { *out << timer.name; }

void talk(FloorRoom& room, std::uint32_t member) {
  room.press(member);
  room.packet(member, 0);
}

// Talks, and has a packet in the very instant in which the timer started plus `time`.
void keep_talking(FloorRoom& room, std::uint32_t member, Duration time) {
  talk(room, member);
  room.talk(member, time);
}

FloorPolicy with_end_of_media(FloorMode mode, Duration time) {
  FloorPolicy policy = default_policy(mode);
  policy.end_of_media = time;
  return policy;
}

const FloorPolicy kPtt = default_policy(FloorMode::ptt);
// Nobody has to send packets for T2 and T2S to be seen.
const FloorPolicy kPatient = with_end_of_media(FloorMode::ptt, minutes(20));

FloorPolicy without_limit() {
  FloorPolicy policy = kPatient;
  policy.talk_limit = {};
  return policy;
}

const Timer kTimers[] = {
    {"TG", kPtt, [](FloorRoom& r) { r.press(1); }, seconds(1),
     [](FloorRoom& r) { return r.revoked(1) == RevokeCause::no_media; }},
    {"T1", kPtt, [](FloorRoom& r) { talk(r, 1); }, milliseconds(1500),
     [](FloorRoom& r) { return !r.holds(1); }},
    {"T1Again", kPtt,
     [](FloorRoom& r) {
       keep_talking(r, 1, seconds(2));
       r.packet(1, 1U << 20U);
     },
     milliseconds(1500), [](FloorRoom& r) { return !r.holds(1); }},
    {"Warning", kPatient, [](FloorRoom& r) { talk(r, 1); }, seconds(25),
     [](FloorRoom& r) { return r.told<Warning>(1).has_value(); }},
    {"T2", kPatient, [](FloorRoom& r) { talk(r, 1); }, seconds(30),
     [](FloorRoom& r) { return r.revoked(1) == RevokeCause::too_long; }},
    {"T2S", without_limit(), [](FloorRoom& r) { talk(r, 1); }, seconds(300),
     [](FloorRoom& r) { return r.revoked(1) == RevokeCause::stuck_button; }},
    {"T3Limit", kPatient,
     [](FloorRoom& r) {
       talk(r, 1);
       r.pass(seconds(30));
     },
     seconds(3), [](FloorRoom& r) { return !r.holds(1); }},
    {"T3Preempted", kPtt,
     [](FloorRoom& r) {
       talk(r, 1);
       r.press(4, {.tier = FloorTier::priority});
     },
     milliseconds(800), [](FloorRoom& r) { return r.holds(4); }},
    {"T3Emergency", kPtt,
     [](FloorRoom& r) {
       talk(r, 1);
       r.request(9, SetEmergency{.id = 5});
       r.press(9);
     },
     milliseconds(200), [](FloorRoom& r) { return r.holds(9); }},
    {"TT", kPtt,
     [](FloorRoom& r) {
       talk(r, 1);
       r.release(1, 9600);
     },
     milliseconds(400), [](FloorRoom& r) { return !r.arbiter().is_open(MemberId{1}); }},
    {"T9Limit", kPatient,
     [](FloorRoom& r) {
       talk(r, 1);
       r.pass(seconds(33));
     },
     seconds(1),
     [](FloorRoom& r) {
       r.press(1);
       return r.holds(1);
     }},
    {"T9Stuck", without_limit(),
     [](FloorRoom& r) {
       talk(r, 1);
       r.pass(seconds(300));
     },
     seconds(10),
     [](FloorRoom& r) {
       r.press(1);
       return r.holds(1);
     }},
    {"T132", kPtt,
     [](FloorRoom& r) {
       talk(r, 1);
       r.press(2);
       r.request(2, Release{});
       r.release(1, 0);
     },
     seconds(2), [](FloorRoom& r) { return r.denied(2) == DenyCause::other; }},
    {"TQ", without_limit(),
     [](FloorRoom& r) {
       talk(r, 1);
       r.press(2);
     },
     seconds(30), [](FloorRoom& r) { return r.denied(2) == DenyCause::other; }},
    {"TE", kPtt, [](FloorRoom& r) { r.request(9, SetEmergency{.id = 5}); }, minutes(30),
     [](FloorRoom& r) { return r.arbiter().emergency().kind == EmergencyKind::none; }},
    {"TR", kPtt,
     [](FloorRoom& r) {
       r.press(1);
       r.cancel(1, 1);
     },
     seconds(10),
     [](FloorRoom& r) {
       const std::uint64_t before = r.counters().grants;
       r.watch() = FloorWatch{};
       r.press_again(1, 1);
       const bool is_new = r.counters().grants > before;
       r.watch() = FloorWatch{};
       return is_new;
     }},
    {"LostPeer", kPtt,
     [](FloorRoom& r) {
       talk(r, 1);
       r.lose_peer(1);
     },
     milliseconds(500), [](FloorRoom& r) { return !r.holds(1); }},
    {"Bar", kPtt,
     [](FloorRoom& r) { r.request(9, Bar{.member = MemberId{1}, .time = seconds(7)}); }, seconds(7),
     [](FloorRoom& r) {
       r.press(1);
       return r.holds(1);
     }},
    {"StrikeBar", kPtt,
     [](FloorRoom& r) {
       r.voice(1);
       r.voice(1);
       r.voice(1);
     },
     seconds(10),
     [](FloorRoom& r) {
       r.press(1);
       return r.holds(1);
     }},
};

class Timers : public testing::TestWithParam<Timer> {
 protected:
  [[nodiscard]] static bool expires_after(Duration time) {
    const Timer& timer = GetParam();
    FloorRoom room(timer.policy);
    room.add_talkers(3);
    room.add(4, kPriority);
    room.add(9, kDispatcher);
    timer.start(room);
    const Timestamp then = room.now() + time;
    room.pass_to(then);
    const bool has_expired = timer.has_expired(room);
    EXPECT_EQ(room.watch().violation(), "");
    return has_expired;
  }
};

TEST_P(Timers, ExpireAtTheirTime) {
  EXPECT_FALSE(expires_after(GetParam().time - milliseconds(1)));
  EXPECT_TRUE(expires_after(GetParam().time));
  EXPECT_TRUE(expires_after(GetParam().time + milliseconds(1)));
}

INSTANTIATE_TEST_SUITE_P(Each, Timers, testing::ValuesIn(kTimers),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(TimersOf, AStepThatComesLateRunsWhatIsDueFirst) {
  FloorRoom room(kPtt);
  room.add_talkers(2);
  room.press(1);
  room.packet(1, 0);
  room.press(2);
  room.jump(seconds(2));
  // The packet of who has lost the floor is too late, whether somebody has ticked or not.
  FloorOutbox out;
  const auto passage = room.arbiter().on_packet(MemberId{1}, 960, room.now(), out);
  EXPECT_EQ(passage.verdict, GateVerdict::shut);
  EXPECT_TRUE(room.holds(2));
}

TEST(TimersOf, TheDeadlineIsNeverInAnIdleRoom) {
  FloorRoom room(kPtt);
  room.add_talkers(2);
  EXPECT_EQ(room.arbiter().deadline(), kNever);
  room.press(1);
  EXPECT_EQ(room.arbiter().deadline(), room.now() + seconds(1));
}

TEST(TimersOf, SwitchedOffOnesDoNotRun) {
  FloorPolicy policy = without_limit();
  policy.queue_age = {};
  FloorRoom room(policy);
  room.add_talkers(2);
  room.press(1);
  EXPECT_EQ(room.told<Granted>(1)->limit, Duration{});
  room.packet(1, 0);
  room.press(2);
  room.pass(seconds(290));
  EXPECT_TRUE(room.holds(1));
  EXPECT_EQ(room.position(2), 1U);
}

TEST(TimersOf, EndlessPoliciesAreBounded) {
  FloorPolicy policy = kPtt;
  policy.first_media = policy.end_of_media = policy.stuck = policy.offer = policy.tail = {};
  policy.talkers = 200;
  FloorRoom room(policy);
  EXPECT_GT(room.arbiter().policy().first_media, Duration{});
  EXPECT_GT(room.arbiter().policy().end_of_media, Duration{});
  EXPECT_GT(room.arbiter().policy().tail, Duration{});
  EXPECT_EQ(room.arbiter().policy().talkers, kMaxFloorTalkers);
}

}  // namespace
}  // namespace parley::sfu
