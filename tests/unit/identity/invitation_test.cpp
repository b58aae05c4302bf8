#include "signaling/identity/invitation.hpp"

#include <gtest/gtest.h>

#include "tests/support/seeded_random.hpp"

namespace parley::signaling {
namespace {

using std::chrono::seconds;

constexpr WallTime kNoon{seconds(1'800'000'000)};

class Invitations : public testing::Test {
 protected:
  Invitation for_ann() {
    return {.id = new_invitation_id(random_),
            .rooms = {{.room = RoomId{0x0123456789abcdef},
                       .rights = {.role = floor::CHAIR,
                                  .may_talk = true,
                                  .max_tier = floor::COMMAND,
                                  .max_level = 7}},
                      {.room = RoomId{2},
                       .rights = {.role = floor::LISTENER,
                                  .may_talk = false,
                                  .max_tier = floor::ROUTINE,
                                  .max_level = 0}}},
            .display_name = "Ann",
            .delegation = "Norway",
            .not_after = kNoon + seconds(60)};
  }
  test::SeededRandom random_{1};
  InvitationKey key_ = InvitationKey::generate(random_);
};

TEST_F(Invitations, AreReadBackAsTheyWereSigned) {
  const Invitation invitation = for_ann();
  const Invitation read = key_.verify(key_.sign(invitation).value(), kNoon).value();
  EXPECT_EQ(read.id, invitation.id);
  EXPECT_EQ(read.rooms, invitation.rooms);
  EXPECT_EQ(read.display_name, "Ann");
  EXPECT_EQ(read.delegation, "Norway");
  EXPECT_EQ(read.not_after, invitation.not_after);
}

TEST_F(Invitations, MayLeaveTheNameToTheGuest) {
  Invitation invitation = for_ann();
  invitation.display_name.clear();
  EXPECT_EQ(key_.verify(key_.sign(invitation).value(), kNoon)->display_name, "");
}

TEST_F(Invitations, AreRefusedFromTheirLastSecondOn) {
  const auto bytes = key_.sign(for_ann()).value();
  EXPECT_TRUE(key_.verify(bytes, kNoon + seconds(60) - Duration(1)).has_value());
  EXPECT_EQ(key_.verify(bytes, kNoon + seconds(60)).error().code, ErrorCode::expired);
}

TEST_F(Invitations, AreRefusedWhenAnySingleBitWasChanged) {
  const auto bytes = key_.sign(for_ann()).value();
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto changed = bytes;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1U << (bit % 8)));
    EXPECT_EQ(key_.verify(changed, kNoon).error().code, ErrorCode::invalid_argument) << bit;
  }
}

TEST_F(Invitations, AreRefusedWhenCutOrExtendedAtAnyByte) {
  auto bytes = key_.sign(for_ann()).value();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(key_.verify(Bytes(bytes).first(size), kNoon).has_value()) << size;
  }
  bytes.push_back(0);
  EXPECT_FALSE(key_.verify(bytes, kNoon).has_value());
}

TEST_F(Invitations, OfAnotherServiceAreForged) {
  const InvitationKey other = InvitationKey::generate(random_);
  EXPECT_EQ(key_.verify(other.sign(for_ann()).value(), kNoon).error().code,
            ErrorCode::invalid_argument);
}

TEST_F(Invitations, KeepTheirLimitInBytes) {
  Invitation longest = for_ann();
  longest.display_name = std::string(kMaxDisplayName, 'x');
  longest.delegation = std::string(kMaxDisplayName, 'x');
  while (longest.rooms.size() < kMaxAdmissions) {
    longest.rooms.push_back({.room = RoomId{100 + longest.rooms.size()}});
  }
  EXPECT_LE(key_.sign(longest)->size(), kMaxInvitation);
  EXPECT_FALSE(key_.verify(std::vector<std::uint8_t>(kMaxInvitation + 1), kNoon).has_value());
}

TEST_F(Invitations, AreNotMadeForNobodyNowhereOrWithANameThatIsTooLong) {
  Invitation invitation = for_ann();
  invitation.display_name = std::string(kMaxDisplayName + 1, 'x');
  EXPECT_EQ(key_.sign(invitation).error().code, ErrorCode::invalid_argument);
  invitation = for_ann();
  invitation.delegation = "a\nb";
  EXPECT_FALSE(key_.sign(invitation).has_value());
  invitation = for_ann();
  invitation.rooms.clear();
  EXPECT_FALSE(key_.sign(invitation).has_value());
  invitation = for_ann();
  invitation.id = {};
  EXPECT_FALSE(key_.sign(invitation).has_value());
  invitation = for_ann();
  invitation.not_after = WallTime(seconds(-1));
  EXPECT_FALSE(key_.sign(invitation).has_value());
}

TEST_F(Invitations, AreNotMadeForRoomsThatAreNoneTwiceOrTooMany) {
  Invitation invitation = for_ann();
  invitation.rooms[0].room = {};
  EXPECT_FALSE(key_.sign(invitation).has_value());
  invitation = for_ann();
  invitation.rooms[0].room = invitation.rooms[1].room;
  EXPECT_FALSE(key_.sign(invitation).has_value());
  invitation = for_ann();
  while (invitation.rooms.size() < kMaxAdmissions + 1) {
    EXPECT_TRUE(key_.sign(invitation).has_value());
    invitation.rooms.push_back({.room = RoomId{100 + invitation.rooms.size()}});
  }
  EXPECT_FALSE(key_.sign(invitation).has_value());
}

TEST_F(Invitations, AreNotMadeWithRightsThatDoNotExist) {
  Invitation invitation = for_ann();
  invitation.rooms[1].rights.max_level = kMaxLevel;
  EXPECT_TRUE(key_.sign(invitation).has_value());
  invitation.rooms[1].rights.max_level = kMaxLevel + 1;
  EXPECT_FALSE(key_.sign(invitation).has_value());
  invitation = for_ann();
  invitation.rooms[1].rights.role = static_cast<floor::Role>(floor::Role_MAX + 1);
  EXPECT_FALSE(key_.sign(invitation).has_value());
  invitation = for_ann();
  invitation.rooms[1].rights.max_tier = static_cast<floor::Tier>(floor::Tier_MAX + 1);
  EXPECT_FALSE(key_.sign(invitation).has_value());
}

TEST_F(Invitations, OutliveARestartBecauseTheKeyIsItsSeed) {
  const InvitationKey loaded = InvitationKey::load(key_.seed()).value();
  EXPECT_TRUE(loaded.verify(key_.sign(for_ann()).value(), kNoon).has_value());
}

TEST_F(Invitations, HaveDistinctIds) {
  EXPECT_NE(new_invitation_id(random_), new_invitation_id(random_));
}

TEST(InvitationKeys, HaveExactly32Bytes) {
  for (const std::size_t size : {0U, 31U, 33U, 64U}) {
    const std::vector<std::uint8_t> seed(size);
    EXPECT_EQ(InvitationKey::load(seed).error().code, ErrorCode::invalid_argument);
  }
}

TEST(InvitationKeys, SignTheSameInvitationTheSameWay) {
  test::SeededRandom random(9);
  const InvitationKey key = InvitationKey::generate(random);
  const Invitation invitation{
      .id = new_invitation_id(random), .rooms = {{.room = RoomId{1}}}, .not_after = kNoon};
  EXPECT_EQ(key.sign(invitation).value(), key.sign(invitation).value());
}

}  // namespace
}  // namespace parley::signaling
