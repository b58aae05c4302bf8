// A member of the room who does what no client does, a thousand times a second, while others talk:
// they are heard as if he were not there, and whatever he tries is counted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "tests/unit/sfu_core/radio_exchange.hpp"

namespace parley::sfu {
namespace {

using std::chrono::milliseconds;
using test::FloorCall;
using test::RadioExchange;
using test::TestPeer;

constexpr int kBursts = 50;

// What one attempt is made of, and aimed at.
struct Attempt {
  FloorCall& call;
  TestPeer& attacker;
  const TestPeer& talker;
  const floor::GrantId& grant;  // the talker's
  std::uint32_t number;         // from 1

  void ask(const floor::Request& request) const {
    call.ask(attacker, request, RadioExchange::kRoom);
  }
};

struct Attack {
  const char* name;
  Duration every;
  void (*attempt)(const Attempt&);
  std::uint64_t (*count)(RadioExchange&);  // of attempts
};

std::uint64_t denied(RadioExchange& exchange, DenyCause cause) {
  return exchange.call().numbers().counters.denied[static_cast<std::size_t>(cause)];
}
std::uint64_t forged(RadioExchange& exchange) { return exchange.call().numbers().counters.forged; }
// An action is denied as long as the answer is paid for, then ignored.
std::uint64_t not_permitted(RadioExchange& exchange) {
  return denied(exchange, DenyCause::no_permission) + exchange.call().numbers().counters.ignored;
}
std::uint64_t denied_other(RadioExchange& exchange) {
  return denied(exchange, DenyCause::other) + exchange.call().numbers().counters.ignored;
}

void press(const Attempt& attempt) {
  attempt.call.press(attempt.attacker, RadioExchange::kRoom, attempt.number);
}
std::uint64_t denied_presses(RadioExchange& exchange) {
  return denied(exchange, DenyCause::another_talks) + denied(exchange, DenyCause::rate_limit);
}

void release_invented(const Attempt& attempt) {
  floor::GrantId grant = attempt.grant;
  grant.set_number(grant.number() + attempt.number);
  attempt.call.release(attempt.attacker, RadioExchange::kRoom, grant);
}
void release_foreign(const Attempt& attempt) {
  attempt.call.release(attempt.attacker, RadioExchange::kRoom, attempt.grant);
}
void cancel_foreign(const Attempt& attempt) {
  attempt.call.cancel(attempt.attacker, RadioExchange::kRoom, attempt.number);
}
void cut_invented(const Attempt& attempt) {
  floor::Request request;
  request.mutable_cut()->mutable_grant()->set_term(attempt.grant.term());
  request.mutable_cut()->mutable_grant()->set_number(attempt.grant.number() + attempt.number);
  attempt.ask(request);
}
void cut(const Attempt& attempt) {
  floor::Request request;
  *request.mutable_cut()->mutable_grant() = attempt.grant;
  attempt.ask(request);
}
void give(const Attempt& attempt) {
  floor::Request request;
  request.mutable_give()->set_member_id(static_cast<std::uint32_t>(attempt.attacker.id().value));
  attempt.ask(request);
}
void extend(const Attempt& attempt) {
  floor::Request request;
  *request.mutable_extend()->mutable_grant() = attempt.grant;
  request.mutable_extend()->set_by_ms(1000);
  attempt.ask(request);
}
void order(const Attempt& attempt) {
  floor::Request request;
  request.mutable_order()->add_member_ids(static_cast<std::uint32_t>(attempt.attacker.id().value));
  attempt.ask(request);
}
void bar(const Attempt& attempt) {
  floor::Request request;
  request.mutable_bar()->set_member_id(static_cast<std::uint32_t>(attempt.talker.id().value));
  request.mutable_bar()->set_for_ms(60'000);
  attempt.ask(request);
}
void open_the_room(const Attempt& attempt) {
  attempt.call.set_policy(attempt.attacker, RadioExchange::kRoom, floor::OPEN);
}
void change_mode(const Attempt& attempt) {
  attempt.call.set_policy(attempt.attacker, RadioExchange::kRoom, floor::CHAIRED);
}
void declare_emergency(const Attempt& attempt) {
  floor::Request request;
  request.mutable_set_emergency()->set_id(attempt.number);
  attempt.ask(request);
}
void clear_emergency(const Attempt& attempt) {
  floor::Request request;
  request.mutable_clear_emergency()->set_id(attempt.number);
  attempt.ask(request);
}
void speak(const Attempt& attempt) { attempt.call.say(attempt.attacker, "noise"); }
std::uint64_t voice_without_grant(RadioExchange& exchange) {
  FloorCall& call = exchange.call();
  return call.dropped(Drop::no_floor) + call.call().counters().held - exchange.said_outside();
}

class Hostile : public testing::TestWithParam<Attack> {
 protected:
  Hostile() {
    TestPeer& chair = exchange.call().join(RadioExchange::kRoom, {.role = floor::DISPATCHER});
    floor::Request without_queue;
    without_queue.mutable_set_policy()->mutable_policy()->set_mode(floor::PTT);
    without_queue.mutable_set_policy()->mutable_policy()->set_queues(false);
    exchange.call().ask(chair, without_queue, RadioExchange::kRoom);
  }

  RadioExchange exchange{{.ways = {milliseconds(50), milliseconds(50)}, .members = 3}};
};

TEST_P(Hostile, CostsNobodyElseAPacketOrAMomentAndIsCounted) {
  const Attack& attack = GetParam();
  FloorCall& call = exchange.call();
  TestPeer& attacker = call.join(RadioExchange::kRoom);
  const std::uint64_t counted_before = attack.count(exchange);
  std::uint32_t attempts = 0;
  exchange.disturb(attack.every, [&](const TestPeer& talker, const floor::GrantId& grant) {
    attack.attempt({.call = call,
                    .attacker = attacker,
                    .talker = talker,
                    .grant = grant,
                    .number = ++attempts});
  });
  exchange.talk(kBursts);
  exchange.finish();

  for (std::size_t member = 0; member < exchange.members(); ++member) {
    EXPECT_EQ(exchange.words_heard_by(member), exchange.said_to(member)) << "member " << member;
  }
  for (const RadioExchange::Burst& burst : exchange.bursts()) {
    const auto& heard = exchange.heard_by((burst.talker + 1) % exchange.members());
    const auto first = std::ranges::find(heard, burst.words.front(), &RadioExchange::Heard::word);
    ASSERT_NE(first, heard.end());
    EXPECT_EQ(first->when - burst.pressed, milliseconds(50));
  }
  EXPECT_GT(attempts, 100U);
  EXPECT_EQ(attack.count(exchange) - counted_before, attempts);
}

// A media packet takes 20 ms to speak; requests come every millisecond.
INSTANTIATE_TEST_SUITE_P(
    Attacks, Hostile,
    testing::Values(Attack{"PressesAThousandTimesASecond", milliseconds(1), press, denied_presses},
                    Attack{"ReleasesInventedGrants", milliseconds(1), release_invented, forged},
                    Attack{"ReleasesWhatOthersHold", milliseconds(1), release_foreign, forged},
                    Attack{"CancelsWhatOthersAsked", milliseconds(1), cancel_foreign, denied_other},
                    Attack{"CutsWithoutTheRole", milliseconds(1), cut, not_permitted},
                    Attack{"CutsInventedGrants", milliseconds(1), cut_invented, not_permitted},
                    Attack{"GivesHimselfTheFloor", milliseconds(1), give, not_permitted},
                    Attack{"ExtendsWithoutTheRole", milliseconds(1), extend, not_permitted},
                    Attack{"OrdersTheQueue", milliseconds(1), order, not_permitted},
                    Attack{"BarsTheTalker", milliseconds(1), bar, not_permitted},
                    Attack{"OpensTheRoom", milliseconds(1), open_the_room, not_permitted},
                    Attack{"ChangesTheMode", milliseconds(1), change_mode, not_permitted},
                    Attack{"DeclaresWithoutTheRight", milliseconds(1), declare_emergency,
                           not_permitted},
                    Attack{"ClearsEmergencies", milliseconds(1), clear_emergency, not_permitted},
                    Attack{"SpeaksWithoutAGrant", milliseconds(20), speak, voice_without_grant}),
    [](const auto& attack) { return attack.param.name; });

}  // namespace
}  // namespace parley::sfu
