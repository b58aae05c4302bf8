#include "signaling/store/store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>

#include "tests/unit/signaling_core/seeded_random.hpp"

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
  StoreFile() {
    std::string name = (std::filesystem::temp_directory_path() / "parley-store-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
    path_ = directory_ / "parley.db";
  }
  ~StoreFile() override { std::filesystem::remove_all(directory_); }

  Store open() { return std::move(Store::open(path_.string()).value()); }

  Redemption redemption(std::uint8_t number) {
    Redemption made{.invitation = {},
                    .not_after = kNoon + hours(1),
                    .room = RoomId{5},
                    .session = SessionId{1000U + number},
                    .display_name = "Ann",
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

  std::filesystem::path directory_;
  std::filesystem::path path_;
  SeededRandom random_{5};
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
  EXPECT_EQ(session.member, MemberId{1});
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
  EXPECT_EQ(store.redeem(redemption(1))->member, MemberId{1});
  ASSERT_TRUE(store.remove_session(SessionId{1001}));
  EXPECT_EQ(store.redeem(redemption(2))->member, MemberId{2});
}

TEST_F(StoreFile, RefusesOneSessionMoreThanItsLimit) {
  Store store = open();
  ASSERT_TRUE(store.create_room(RoomId{5}, "Bridge"));
  run_sql(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99999)"
      " INSERT INTO sessions (id, room, member, display_name, token_current, token_next,"
      " token_salt, expires) SELECT i + 5000, 5, i + 5000, '', x'', x'', x'', 0 FROM n");
  EXPECT_TRUE(store.redeem(redemption(1)).has_value());
  EXPECT_EQ(store.redeem(redemption(2)).error().code, ErrorCode::resource_exhausted);
}

TEST_F(StoreFile, KeepsEverythingOfASessionOverARestart) {
  const TokenChain tokens = TokenChain::start(SessionId{1001}, random_).chain;
  {
    Store store = open();
    ASSERT_TRUE(store.create_room(RoomId{5}, "Bridge"));
    ASSERT_TRUE(store.redeem(redemption(1)));
    ASSERT_TRUE(store.set_tokens(SessionId{1001}, tokens, kNoon + hours(30)));
    ASSERT_TRUE(store.set_joined(SessionId{1001}, true));
    ASSERT_TRUE(store.set_muted(SessionId{1001}, true));
    ASSERT_TRUE(store.set_transport(SessionId{1001}, 3, PeerId{0xfedcba9876543210}));
    ASSERT_TRUE(store.set_expires(SessionId{1001}, kNoon + hours(31)));
  }
  Store store = open();
  const std::vector<SessionRecord> sessions = store.sessions().value();
  ASSERT_THAT(sessions, SizeIs(1));
  EXPECT_EQ(sessions[0].id, SessionId{1001});
  EXPECT_EQ(sessions[0].room, RoomId{5});
  EXPECT_EQ(sessions[0].member, MemberId{1});
  EXPECT_EQ(sessions[0].tokens, tokens);
  EXPECT_EQ(sessions[0].expires, kNoon + hours(31));
  EXPECT_TRUE(sessions[0].joined);
  EXPECT_TRUE(sessions[0].muted);
  EXPECT_EQ(sessions[0].transport_id, 3U);
  EXPECT_EQ(sessions[0].peer, PeerId{0xfedcba9876543210});
}

// A process killed with -9 leaves its file as another process finds it while the first still runs.
TEST_F(StoreFile, HasWrittenEverythingBeforeACallReturns) {
  Store running = open();
  ASSERT_TRUE(running.create_room(RoomId{5}, "Bridge"));
  ASSERT_TRUE(running.redeem(redemption(1)));
  ASSERT_TRUE(running.set_joined(SessionId{1001}, true));
  const auto copy = directory_ / "after-the-kill.db";
  std::filesystem::copy_file(path_, copy);
  std::filesystem::copy_file(path_.string() + "-wal", copy.string() + "-wal");
  Store restarted = std::move(Store::open(copy.string()).value());
  EXPECT_EQ(restarted.redeem(redemption(1)).error().code, ErrorCode::already_used);
  EXPECT_TRUE(restarted.sessions().value().at(0).joined);
}

TEST_F(StoreFile, IsSharedWithTheCommandLine) {
  Store service = open();
  Store command = open();
  ASSERT_TRUE(command.create_room(RoomId{5}, "Bridge"));
  EXPECT_EQ(service.find_room(RoomId{5})->name, "Bridge");
}

TEST_F(StoreFile, SaysWhenASessionIsGone) {
  Store store = open();
  EXPECT_EQ(store.set_joined(SessionId{9}, true).error().code, ErrorCode::not_found);
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
  EXPECT_EQ(Store::open((directory_ / "nowhere" / "x.db").string()).error().code, ErrorCode::io);
  EXPECT_FALSE(Store::open("").has_value());
}

TEST_F(StoreFile, GivesAnErrorWhenADamagedFileStopsAnswering) {
  Store store = open();
  run_sql("DROP TABLE sessions");
  EXPECT_EQ(store.sessions().error().code, ErrorCode::io);
}

}  // namespace
}  // namespace parley::signaling
