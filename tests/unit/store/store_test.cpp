#include "signaling/store/store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/seeded_random.hpp"
#include "tests/support/temporary_directory.hpp"

namespace parley::signaling {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::Field;
using testing::SizeIs;

constexpr WallTime kNoon{seconds(1'800'000'000)};

// A database file of one test, gone afterwards.
class StoreFile : public testing::Test {
 protected:
  Store open() { return std::move(Store::open(path_.string()).value()); }

  Redemption redemption(std::uint8_t number) {
    Redemption made{.invitation = {},
                    .not_after = kNoon + hours(1),
                    .rooms = {{.room = RoomId{5}}},
                    .session = SessionId{1000U + number},
                    .display_name = "Ann",
                    .delegation = "Norway",
                    .tokens = TokenChain::start(SessionId{1000U + number}, random_).chain,
                    .retry_key = {},
                    .expires = kNoon + hours(24)};
    made.invitation.value[0] = number;
    made.retry_key[0] = number;
    return made;
  }

  // Runs SQL of the test's own, behind the store's back.
  void run_sql(const char* sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &database), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(database);
  }

  test::TemporaryDirectory directory_;
  std::filesystem::path path_ = directory_.path() / "parley.db";
  test::SeededRandom random_{5};
};

TEST_F(StoreFile, KeepsRoomsOverARestart) {
  {
    Store store = open();
    ASSERT_TRUE(store.create_room(RoomId{5}, "Bridge"));
    ASSERT_TRUE(store.create_room(RoomId{0xffffffffffffffff}, "Attic"));
  }
  Store store = open();
  EXPECT_THAT(store.rooms().value(),
              ElementsAre(Field(&RoomRecord::name, "Attic"), Field(&RoomRecord::name, "Bridge")));
  EXPECT_EQ(store.find_room("Attic")->id, RoomId{0xffffffffffffffff});
  EXPECT_EQ(store.find_room(RoomId{5})->name, "Bridge");
}

TEST_F(StoreFile, RefusesASecondRoomOfTheSameNameOrId) {
  Store store = open();
  ASSERT_TRUE(store.create_room(RoomId{5}, "Bridge"));
  EXPECT_EQ(store.create_room(RoomId{6}, "Bridge").error().code, ErrorCode::already_exists);
  EXPECT_EQ(store.create_room(RoomId{5}, "Attic").error().code, ErrorCode::already_exists);
  EXPECT_EQ(store.find_room("Attic").error().code, ErrorCode::not_found);
}

TEST_F(StoreFile, RefusesRoomNamesOutsideTheirLimits) {
  Store store = open();
  EXPECT_TRUE(store.create_room(RoomId{1}, std::string(kMaxRoomName, 'x')));
  EXPECT_FALSE(store.create_room(RoomId{2}, std::string(kMaxRoomName + 1, 'x')));
  EXPECT_FALSE(store.create_room(RoomId{3}, ""));
  EXPECT_FALSE(store.create_room(RoomId{4}, "a\nb"));
  EXPECT_FALSE(store.create_room(RoomId{}, "Nowhere"));
}

TEST_F(StoreFile, RefusesOneRoomMoreThanItsLimit) {
  Store store = open();
  run_sql(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)"
      " INSERT INTO rooms (id, name) SELECT i, 'room ' || i FROM n");
  EXPECT_TRUE(store.create_room(RoomId{20'000}, "the last one"));
  EXPECT_EQ(store.create_room(RoomId{20'001}, "one more").error().code,
            ErrorCode::resource_exhausted);
}

TEST_F(StoreFile, TreatsHostileNamesAsText) {
  Store store = open();
  const std::string name = "'; DROP TABLE rooms; --";
  ASSERT_TRUE(store.create_room(RoomId{5}, name));
  EXPECT_EQ(store.find_room(name)->id, RoomId{5});
}

TEST_F(StoreFile, TurnsAnInvitationIntoASessionOnce) {
  Store store = open();
  ASSERT_TRUE(store.create_room(RoomId{5}, "Bridge"));
  const SessionRecord session = store.redeem(redemption(1)).value();
  ASSERT_THAT(session.rooms, SizeIs(1));
  EXPECT_EQ(session.rooms[0].member, MemberId{1});
  EXPECT_EQ(session.display_name, "Ann");
  Redemption second = redemption(2);
  second.invitation = redemption(1).invitation;
  EXPECT_EQ(store.redeem(second).error().code, ErrorCode::already_used);
  EXPECT_THAT(store.sessions().value(), SizeIs(1));
}

TEST_F(StoreFile, RemembersUsedInvitationsOverARestart) {
  {
    Store store = open();
    ASSERT_TRUE(store.create_room(RoomId{5}, "Bridge"));
    ASSERT_TRUE(store.redeem(redemption(1)));
  }
  Store store = open();
  EXPECT_EQ(store.redeem(redemption(1)).error().code, ErrorCode::already_used);
  const auto redeemed = store.find_redeemed(redemption(1).invitation).value();
  ASSERT_TRUE(redeemed.has_value());
  EXPECT_EQ(redeemed->session, SessionId{1001});
  EXPECT_EQ(redeemed->retry_key, redemption(1).retry_key);
  EXPECT_EQ(store.find_redeemed(redemption(2).invitation).value().has_value(), false);
}

TEST_F(StoreFile, RemembersUsedInvitationsAfterTheirSessionIsGone) {
  Store store = open();
  ASSERT_TRUE(store.create_room(RoomId{5}, "Bridge"));
  ASSERT_TRUE(store.redeem(redemption(1)));
  ASSERT_TRUE(store.remove_session(SessionId{1001}));
  EXPECT_EQ(store.redeem(redemption(1)).error().code, ErrorCode::already_used);
}

TEST_F(StoreFile, SpendsNothingWhenARedemptionFailsHalfWay) {
  Store store = open();
  EXPECT_EQ(store.redeem(redemption(1)).error().code, ErrorCode::not_found) << "no such room yet";
  ASSERT_TRUE(store.create_room(RoomId{5}, "Bridge"));
  EXPECT_TRUE(store.redeem(redemption(1)).has_value()) << "the invitation was not used up";
}

TEST_F(StoreFile, GivesNoMemberNumberTwice) {
  Store store = open();
  ASSERT_TRUE(store.create_room(RoomId{5}, "Bridge"));
  EXPECT_EQ(store.redeem(redemption(1))->rooms[0].member, MemberId{1});
  ASSERT_TRUE(store.remove_session(SessionId{1001}));
  EXPECT_EQ(store.redeem(redemption(2))->rooms[0].member, MemberId{2});
}

TEST_F(StoreFile, AdmitsToSeveralRoomsOrToNone) {
  Store store = open();
  ASSERT_TRUE(store.create_room(RoomId{5}, "Bridge"));
  ASSERT_TRUE(store.redeem(redemption(1)));
  Redemption both = redemption(2);
  both.rooms = {{.room = RoomId{6},
                 .rights = {.role = floor::CHAIR,
                            .may_talk = false,
                            .max_tier = floor::COMMAND,
                            .max_level = 7}},
                {.room = RoomId{5}}};
  EXPECT_EQ(store.redeem(both).error().code, ErrorCode::not_found) << "one of them is missing";
  ASSERT_TRUE(store.create_room(RoomId{6}, "Attic"));
  ASSERT_TRUE(store.redeem(both));
  const SessionRecord session = store.sessions().value().at(1);
  ASSERT_THAT(session.rooms, SizeIs(2));
  EXPECT_EQ(session.rooms[0].room, RoomId{6});
  EXPECT_EQ(session.rooms[0].member, MemberId{1});
  EXPECT_EQ(session.rooms[0].rights, both.rooms[0].rights);
  EXPECT_EQ(session.rooms[1].room, RoomId{5});
  EXPECT_EQ(session.rooms[1].member, MemberId{2}) << "the first redemption has number 1";
  EXPECT_EQ(session.delegation, "Norway");
}

TEST_F(StoreFile, ForgetsTheMembershipsOfASessionThatIsGone) {
  Store store = open();
  ASSERT_TRUE(store.create_room(RoomId{5}, "Bridge"));
  ASSERT_TRUE(store.redeem(redemption(1)));
  ASSERT_TRUE(store.remove_session(SessionId{1001}));
  EXPECT_EQ(store.set_membership(SessionId{1001}, {.room = RoomId{5}, .member = MemberId{1}})
                .error()
                .code,
            ErrorCode::not_found);
}

TEST_F(StoreFile, KeepsTheRulesOfARoom) {
  floor::Policy policy;
  policy.set_mode(floor::MULTI);
  policy.set_talkers(3);
  policy.set_talk_limit_ms(0);
  {
    Store store = open();
    EXPECT_EQ(store.create_room(RoomId{5}, "Bridge")->policy.mode(), floor::OPEN);
    ASSERT_TRUE(store.set_policy(RoomId{5}, policy));
    ASSERT_TRUE(store.create_room(RoomId{6}, "Radio", policy));
  }
  Store store = open();
  const std::vector<RoomRecord> rooms = store.rooms().value();
  ASSERT_THAT(rooms, SizeIs(2));
  for (const RoomRecord& room : rooms) {
    EXPECT_EQ(room.policy.SerializeAsString(), policy.SerializeAsString()) << room.name;
  }
  EXPECT_TRUE(store.find_room("Radio")->policy.has_talk_limit_ms()) << "0 is not the default";
  EXPECT_EQ(store.set_policy(RoomId{7}, policy).error().code, ErrorCode::not_found);
}

TEST_F(StoreFile, RefusesRulesOutsideTheirLimits) {
  Store store = open();
  ASSERT_TRUE(store.create_room(RoomId{5}, "Bridge"));
  floor::Policy policy;
  policy.set_max_level(15);
  EXPECT_TRUE(store.set_policy(RoomId{5}, policy));
  policy.set_max_level(16);
  EXPECT_EQ(store.set_policy(RoomId{5}, policy).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(store.create_room(RoomId{6}, "Radio", policy).error().code,
            ErrorCode::invalid_argument);
  EXPECT_EQ(store.find_room(RoomId{5})->policy.max_level(), 15U);
}

TEST_F(StoreFile, GivesAnErrorForDamagedRules) {
  Store store = open();
  ASSERT_TRUE(store.create_room(RoomId{5}, "Bridge"));
  run_sql("UPDATE rooms SET policy = x'ffff'");
  EXPECT_EQ(store.find_room(RoomId{5}).error().code, ErrorCode::io);
  EXPECT_EQ(store.rooms().error().code, ErrorCode::io);
}

TEST_F(StoreFile, RefusesOneSessionMoreThanItsLimit) {
  Store store = open();
  ASSERT_TRUE(store.create_room(RoomId{5}, "Bridge"));
  run_sql(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99999)"
      " INSERT INTO sessions (id, display_name, delegation, token_current, token_next,"
      " token_salt, expires) SELECT i + 5000, '', '', x'', x'', x'', 0 FROM n");
  EXPECT_TRUE(store.redeem(redemption(1)).has_value());
  EXPECT_EQ(store.redeem(redemption(2)).error().code, ErrorCode::resource_exhausted);
}

TEST_F(StoreFile, KeepsEverythingOfASessionOverARestart) {
  const TokenChain tokens = TokenChain::start(SessionId{1001}, random_).chain;
  const MembershipRecord membership{.room = RoomId{5},
                                    .member = MemberId{1},
                                    .joined = true,
                                    .first_slot = 4,
                                    .slots = 2,
                                    .hand_raised = true};
  {
    Store store = open();
    ASSERT_TRUE(store.create_room(RoomId{5}, "Bridge"));
    ASSERT_TRUE(store.redeem(redemption(1)));
    ASSERT_TRUE(store.set_tokens(SessionId{1001}, tokens, kNoon + hours(30)));
    ASSERT_TRUE(store.set_membership(SessionId{1001}, membership));
    ASSERT_TRUE(store.set_talk_room(SessionId{1001}, RoomId{5}));
    ASSERT_TRUE(store.set_muted(SessionId{1001}, true));
    ASSERT_TRUE(store.set_transport(SessionId{1001}, 3, PeerId{0xfedcba9876543210}));
    ASSERT_TRUE(store.set_expires(SessionId{1001}, kNoon + hours(31)));
  }
  Store store = open();
  const std::vector<SessionRecord> sessions = store.sessions().value();
  ASSERT_THAT(sessions, SizeIs(1));
  EXPECT_EQ(sessions[0].id, SessionId{1001});
  EXPECT_THAT(sessions[0].rooms, ElementsAre(membership));
  EXPECT_EQ(sessions[0].talk_room, RoomId{5});
  EXPECT_EQ(sessions[0].tokens, tokens);
  EXPECT_EQ(sessions[0].expires, kNoon + hours(31));
  EXPECT_TRUE(sessions[0].is_in_a_room());
  EXPECT_TRUE(sessions[0].muted);
  EXPECT_EQ(sessions[0].transport_id, 3U);
  EXPECT_EQ(sessions[0].peer, PeerId{0xfedcba9876543210});
}

// A process killed with -9 leaves its file as another process finds it while the first still runs.
TEST_F(StoreFile, HasWrittenEverythingBeforeACallReturns) {
  Store running = open();
  ASSERT_TRUE(running.create_room(RoomId{5}, "Bridge"));
  ASSERT_TRUE(running.redeem(redemption(1)));
  ASSERT_TRUE(running.set_talk_room(SessionId{1001}, RoomId{5}));
  const auto copy = directory_.path() / "after-the-kill.db";
  std::filesystem::copy_file(path_, copy);
  std::filesystem::copy_file(path_.string() + "-wal", copy.string() + "-wal");
  Store restarted = std::move(Store::open(copy.string()).value());
  EXPECT_EQ(restarted.redeem(redemption(1)).error().code, ErrorCode::already_used);
  EXPECT_EQ(restarted.sessions().value().at(0).talk_room, RoomId{5});
}

TEST_F(StoreFile, IsSharedWithTheCommandLine) {
  Store service = open();
  Store command = open();
  ASSERT_TRUE(command.create_room(RoomId{5}, "Bridge"));
  EXPECT_EQ(service.find_room(RoomId{5})->name, "Bridge");
}

TEST_F(StoreFile, SaysWhenASessionIsGone) {
  Store store = open();
  EXPECT_EQ(store.set_membership(SessionId{9}, {.room = RoomId{5}, .member = {}}).error().code,
            ErrorCode::not_found);
  EXPECT_EQ(store.set_talk_room(SessionId{9}, RoomId{5}).error().code, ErrorCode::not_found);
  EXPECT_EQ(store.set_transport(SessionId{9}, 1, {}).error().code, ErrorCode::not_found);
  EXPECT_EQ(store.remove_session(SessionId{9}).error().code, ErrorCode::not_found);
  EXPECT_EQ(store.set_tokens(SessionId{9}, {}, kNoon).error().code, ErrorCode::not_found);
}

TEST_F(StoreFile, ForgetsInvitationsADayAfterTheirEnd) {
  Store store = open();
  ASSERT_TRUE(store.create_room(RoomId{5}, "Bridge"));
  ASSERT_TRUE(store.redeem(redemption(1)));
  EXPECT_EQ(store.forget_expired_invitations(kNoon + hours(25)).value(), 0U);
  EXPECT_EQ(store.forget_expired_invitations(kNoon + hours(26)).value(), 1U);
}

// As the first version of the schema left it: a member with media, one who is not in the room, and
// a used invitation.
constexpr const char* kFirstVersion = R"sql(
    CREATE TABLE migrations (version INTEGER PRIMARY KEY);
    INSERT INTO migrations VALUES (1);
    CREATE TABLE rooms (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      next_member INTEGER NOT NULL DEFAULT 1
    );
    INSERT INTO rooms VALUES (-5, 'Bridge', 3);
    CREATE TABLE sessions (
      id INTEGER PRIMARY KEY,
      room INTEGER NOT NULL REFERENCES rooms(id),
      member INTEGER NOT NULL,
      display_name TEXT NOT NULL,
      token_current BLOB NOT NULL,
      token_next BLOB NOT NULL,
      token_salt BLOB NOT NULL,
      expires INTEGER NOT NULL,
      joined INTEGER NOT NULL DEFAULT 0,
      muted INTEGER NOT NULL DEFAULT 0,
      transport INTEGER NOT NULL DEFAULT 0,
      peer INTEGER NOT NULL DEFAULT 0,
      UNIQUE (room, member)
    );
    INSERT INTO sessions VALUES (1001, -5, 1, 'Ann', zeroblob(32), zeroblob(32), zeroblob(16),
      1800000000000000, 1, 1, 3, 77);
    INSERT INTO sessions VALUES (-1002, -5, 2, 'Ben', zeroblob(32), zeroblob(32), zeroblob(16),
      1800000000000001, 0, 0, 0, 0);
    CREATE TABLE redemptions (
      invitation BLOB PRIMARY KEY,
      not_after INTEGER NOT NULL,
      session INTEGER NOT NULL,
      retry_key BLOB NOT NULL
    );
    INSERT INTO redemptions VALUES (x'01000000000000000000000000000000', 1, 1001, zeroblob(32));
)sql";

TEST_F(StoreFile, OfTheFirstVersionKeepsItsSessions) {
  run_sql(kFirstVersion);
  const RoomId bridge{static_cast<std::uint64_t>(-5)};
  for (int opened = 1; opened <= 2; ++opened) {
    Store store = open();
    const std::vector<SessionRecord> sessions = store.sessions().value();
    ASSERT_THAT(sessions, SizeIs(2));
    const SessionRecord& ben = sessions[0];
    const SessionRecord& ann = sessions[1];
    EXPECT_EQ(ann.id, SessionId{1001});
    EXPECT_EQ(ann.display_name, "Ann");
    EXPECT_EQ(ann.expires, kNoon);
    EXPECT_TRUE(ann.muted);
    EXPECT_EQ(ann.transport_id, 3U);
    EXPECT_EQ(ann.peer, PeerId{77});
    EXPECT_EQ(ann.talk_room, bridge);
    EXPECT_THAT(ann.rooms, ElementsAre(MembershipRecord{
                               .room = bridge, .member = MemberId{1}, .joined = true}));
    EXPECT_TRUE(ben.talk_room.is_none());
    EXPECT_THAT(ben.rooms, ElementsAre(MembershipRecord{.room = bridge, .member = MemberId{2}}));
  }
  Store store = open();
  EXPECT_EQ(store.find_room("Bridge")->policy.mode(), floor::OPEN);
  EXPECT_EQ(store.redeem(redemption(1)).error().code, ErrorCode::already_used);
  Redemption next = redemption(2);
  next.rooms = {{.room = bridge}};
  EXPECT_EQ(store.redeem(next)->rooms[0].member, MemberId{3});
}

TEST_F(StoreFile, IsNotTouchedWhenANewerVersionWroteIt) {
  {
    Store store = open();
  }
  run_sql("INSERT INTO migrations (version) VALUES (99)");
  EXPECT_EQ(Store::open(path_.string()).error().code, ErrorCode::failed_precondition);
}

TEST_F(StoreFile, IsRefusedWhenItIsNoDatabaseOrHasNoPlace) {
  std::FILE* file = std::fopen(path_.c_str(), "w");
  for (int i = 0; i < 1000; ++i) std::fputs("not a database ", file);
  std::fclose(file);
  EXPECT_EQ(Store::open(path_.string()).error().code, ErrorCode::io);
  EXPECT_EQ(Store::open((directory_.path() / "nowhere" / "x.db").string()).error().code,
            ErrorCode::io);
  EXPECT_FALSE(Store::open("").has_value());
}

TEST_F(StoreFile, GivesAnErrorWhenADamagedFileStopsAnswering) {
  Store store = open();
  run_sql("DROP TABLE sessions");
  EXPECT_EQ(store.sessions().error().code, ErrorCode::io);
}

}  // namespace
}  // namespace parley::signaling
