#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "client/load/mumble.pb.h"
#include "client/load/mumble_frames.hpp"
#include "client/load/mumble_session.hpp"
#include "client/load/mumble_voice.hpp"

namespace parley::client {
namespace {

std::vector<std::uint8_t> varint(std::uint64_t value) {
  std::array<std::uint8_t, kMaxMumbleVarint> buffer;
  ByteWriter writer(buffer);
  write_mumble_varint(value, writer);
  return {buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(writer.size())};
}

TEST(MumbleVarint, HasTheLengthThatItsValueNeeds) {
  EXPECT_EQ(varint(0x7f), (std::vector<std::uint8_t>{0x7f}));
  EXPECT_EQ(varint(0x80), (std::vector<std::uint8_t>{0x80, 0x80}));
  EXPECT_EQ(varint(0x3fff), (std::vector<std::uint8_t>{0xbf, 0xff}));
  EXPECT_EQ(varint(0x4000), (std::vector<std::uint8_t>{0xc0, 0x40, 0x00}));
  EXPECT_EQ(varint(0x200000), (std::vector<std::uint8_t>{0xe0, 0x20, 0x00, 0x00}));
  EXPECT_EQ(varint(0x10000000), (std::vector<std::uint8_t>{0xf0, 0x10, 0x00, 0x00, 0x00}));
  EXPECT_EQ(varint(0x100000000).size(), 9U);
}

TEST(MumbleVarint, IsReadBackAtEveryEdge) {
  for (int bit = 0; bit < 64; ++bit) {
    for (const std::uint64_t value : {(1ULL << bit) - 1, 1ULL << bit, (1ULL << bit) + 1}) {
      const std::vector<std::uint8_t> bytes = varint(value);
      ByteReader reader(bytes);
      EXPECT_EQ(read_mumble_varint(reader), value);
      EXPECT_EQ(reader.remaining(), 0U);
      ByteReader cut(Bytes(bytes).first(bytes.size() - 1));
      EXPECT_EQ(read_mumble_varint(cut), std::nullopt);
    }
  }
}

TEST(MumbleVarint, RefusesNegativeForms) {
  for (const auto first : {std::uint8_t{0xf8}, std::uint8_t{0xfc}, std::uint8_t{0xff}}) {
    const std::array<std::uint8_t, 9> bytes{first};
    ByteReader reader(bytes);
    EXPECT_EQ(read_mumble_varint(reader), std::nullopt);
  }
}

TEST(MumbleVoice, OfATalkerCarriesNoSession) {
  const std::vector<std::uint8_t> opus(200, 0x5a);
  std::array<std::uint8_t, 256> buffer;
  const std::size_t size = write_mumble_voice(5, opus, true, buffer);
  EXPECT_EQ(size, 1 + 1 + 2 + opus.size());
  EXPECT_EQ(buffer[0], 0x80);
  EXPECT_EQ(buffer[1], 5);
  EXPECT_EQ(buffer[2], 0xa0);  // 200 with bit 13: the last packet
  EXPECT_EQ(buffer[3], 200);
}

TEST(MumbleVoice, OfTheServerIsParsedAndNeverReadsPastTheEnd) {
  const std::vector<std::uint8_t> packet = {0x80, 0x81, 0x02, 0x07, 0x03, 'a', 'b', 'c'};
  const auto voice = parse_mumble_voice(packet);
  ASSERT_TRUE(voice);
  EXPECT_EQ(voice->session, 0x102U);
  EXPECT_EQ(voice->sequence, 7U);
  EXPECT_FALSE(voice->is_last);
  EXPECT_EQ(as_text(voice->opus), "abc");
  for (std::size_t size = 0; size < packet.size(); ++size) {
    EXPECT_FALSE(parse_mumble_voice(Bytes(packet).first(size))) << size;
  }
}

TEST(MumbleFrames, CutsAStreamAtAnyPlace) {
  std::string stream;
  append_mumble_frame(MumbleType::version, as_bytes("one"), stream);
  append_mumble_frame(MumbleType::server_sync, {}, stream);
  append_mumble_frame(static_cast<MumbleType>(25), as_bytes("three"), stream);
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    MumbleFrames frames;
    std::vector<std::pair<int, std::string>> seen;
    const auto take = [&] {
      while (const auto frame = frames.next()) {
        seen.emplace_back(static_cast<int>(frame->type), as_text(frame->body));
      }
    };
    frames.feed(as_bytes(std::string_view(stream).substr(0, cut)));
    take();
    frames.feed(as_bytes(std::string_view(stream).substr(cut)));
    take();
    EXPECT_EQ(seen, (std::vector<std::pair<int, std::string>>{{0, "one"}, {5, ""}, {25, "three"}}));
  }
}

TEST(MumbleFrames, BreaksAtALengthAboveTheLimitAndTakesTheLimit) {
  std::string stream;
  append_mumble_frame(MumbleType::version, std::vector<std::uint8_t>(kMaxMumbleMessage), stream);
  MumbleFrames frames;
  frames.feed(as_bytes(stream));
  EXPECT_TRUE(frames.next());
  stream.clear();
  append_mumble_frame(MumbleType::version, std::vector<std::uint8_t>(kMaxMumbleMessage + 1),
                      stream);
  frames.feed(as_bytes(stream));
  EXPECT_FALSE(frames.next());
  EXPECT_TRUE(frames.is_broken());
}

// The server's side of a login, as short as it can be.
class MumbleLogin : public ::testing::Test {
 protected:
  template <class Message>
  void server_says(MumbleSession& user, MumbleType type, const Message& message) {
    std::string stream;
    append_mumble_frame(type, as_bytes(message.SerializeAsString()), stream);
    answer_.clear();
    user.on_stream(as_bytes(stream), answer_);
  }
  void server_gives_keys(MumbleSession& user) {
    mumble::CryptSetup keys;
    keys.set_key(std::string(16, 'k'));
    keys.set_client_nonce(std::string(16, 'c'));
    keys.set_server_nonce(std::string(16, 's'));
    server_says(user, MumbleType::crypt_setup, keys);
  }
  void server_is_done(MumbleSession& user, std::uint32_t session) {
    mumble::ServerSync sync;
    sync.set_session(session);
    server_says(user, MumbleType::server_sync, sync);
  }
  static OcbBlock block(std::uint8_t content) {
    OcbBlock filled;
    filled.fill(content);
    return filled;
  }
  std::string answer_;
};

TEST_F(MumbleLogin, StartsWithVersionAndName) {
  std::string stream;
  MumbleSession("listener-1", kMumbleRoot).start(stream);
  MumbleFrames frames;
  frames.feed(as_bytes(stream));
  EXPECT_EQ(frames.next()->type, MumbleType::version);
  const auto second = frames.next();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->type, MumbleType::authenticate);
  mumble::Authenticate login;
  ASSERT_TRUE(login.ParseFromArray(second->body.data(), static_cast<int>(second->body.size())));
  EXPECT_EQ(login.username(), "listener-1");
  EXPECT_TRUE(login.opus());
}

TEST_F(MumbleLogin, IsReadyOnceAPingWasAnsweredByUdp) {
  MumbleSession user("talker-0", kMumbleRoot);
  server_gives_keys(user);
  server_is_done(user, 7);
  EXPECT_EQ(user.state(), MumbleSession::State::probing);
  EXPECT_TRUE(answer_.empty());

  MumbleCrypt server(block('k'), block('s'), block('c'));
  std::array<std::uint8_t, 64> ping;
  std::array<std::uint8_t, 64> plain;
  const std::size_t size = user.write_ping(0, ping);
  const auto opened = server.open(Bytes(ping).first(size), plain);
  ASSERT_TRUE(opened && is_mumble_ping(*opened));
  std::array<std::uint8_t, 64> echo;
  const std::size_t echo_size = server.seal(*opened, echo);
  EXPECT_FALSE(user.open(Bytes(echo).first(echo_size), plain));
  EXPECT_EQ(user.state(), MumbleSession::State::ready);
}

TEST_F(MumbleLogin, MovesToAChannelThatIsNotTheRoot) {
  MumbleSession user("listener-9", 3);
  server_gives_keys(user);
  server_is_done(user, 7);
  EXPECT_EQ(user.state(), MumbleSession::State::moving);
  EXPECT_FALSE(answer_.empty());
  mumble::UserState moved;
  moved.set_session(8);
  moved.set_channel_id(3);
  server_says(user, MumbleType::user_state, moved);  // somebody else
  EXPECT_EQ(user.state(), MumbleSession::State::moving);
  moved.set_session(7);
  server_says(user, MumbleType::user_state, moved);
  EXPECT_EQ(user.state(), MumbleSession::State::probing);
}

TEST_F(MumbleLogin, TellsWhyItWasRefused) {
  MumbleSession user("listener-9", kMumbleRoot);
  mumble::Reject reject;
  reject.set_reason("Server is full");
  server_says(user, MumbleType::reject, reject);
  EXPECT_EQ(user.state(), MumbleSession::State::refused);
  EXPECT_NE(user.refusal().find("Server is full"), std::string::npos);
}

TEST_F(MumbleLogin, WithoutUsableKeysIsRefused) {
  MumbleSession user("listener-9", kMumbleRoot);
  mumble::CryptSetup keys;
  keys.set_key("short");
  server_says(user, MumbleType::crypt_setup, keys);
  EXPECT_EQ(user.state(), MumbleSession::State::refused);
}

TEST_F(MumbleLogin, SaysAndHearsVoice) {
  MumbleSession user("talker-0", kMumbleRoot);
  server_gives_keys(user);
  server_is_done(user, 7);
  MumbleCrypt server(block('k'), block('s'), block('c'));
  std::array<std::uint8_t, kMaxMumbleDatagram> datagram;
  std::array<std::uint8_t, kMaxMumbleDatagram> plain;
  const std::size_t size = user.write_voice(4, as_bytes("voice"), datagram);
  const auto opened = server.open(Bytes(datagram).first(size), plain);
  ASSERT_TRUE(opened);
  // What the server does: the talker's session goes in behind the type.
  std::vector<std::uint8_t> down(opened->begin(), opened->end());
  down.insert(down.begin() + 1, 9);
  std::array<std::uint8_t, kMaxMumbleDatagram> to_listener;
  const std::size_t down_size = server.seal(down, to_listener);
  const auto heard = user.open(Bytes(to_listener).first(down_size), plain);
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->session, 9U);
  EXPECT_EQ(heard->sequence, 4U);
  EXPECT_EQ(as_text(heard->opus), "voice");
}

}  // namespace
}  // namespace parley::client
