#include "sfu/transport/srtp.hpp"

#include <gtest/gtest.h>

#include <array>
#include <numeric>

#include "codecs/rtp.hpp"
#include "tests/unit/transport/support.hpp"

namespace parley::test {
namespace {

using sfu::Drop;
using sfu::SrtpProfile;
using sfu::SrtpSession;

constexpr std::array kProfiles = {SrtpProfile::aes128_cm_sha1_80, SrtpProfile::aead_aes_128_gcm,
                                  SrtpProfile::aead_aes_256_gcm};
constexpr std::uint32_t kSsrc = 0x01020304;

std::size_t trailer_of(SrtpProfile profile) {
  return profile == SrtpProfile::aes128_cm_sha1_80 ? 10 : 16;
}

sfu::SrtpMasterKey make_key(SrtpProfile profile, std::uint8_t first) {
  Datagram bytes(32 + 14);
  std::iota(bytes.begin(), bytes.end(), first);
  const std::size_t key = profile == SrtpProfile::aead_aes_256_gcm ? 32 : 16;
  const std::size_t salt = profile == SrtpProfile::aes128_cm_sha1_80 ? 14 : 12;
  return {.key = Secret<32>(Bytes(bytes).first(key)),
          .salt = Secret<14>(Bytes(bytes).subspan(32, salt))};
}

struct Ends {
  SrtpSession sender;
  SrtpSession receiver;
};

Ends make_ends(SrtpProfile profile) {
  auto sender = SrtpSession::create(
      {.profile = profile, .send = make_key(profile, 1), .receive = make_key(profile, 90)});
  auto receiver = SrtpSession::create(
      {.profile = profile, .send = make_key(profile, 90), .receive = make_key(profile, 1)});
  EXPECT_TRUE(sender.has_value() && receiver.has_value());
  return {.sender = std::move(*sender), .receiver = std::move(*receiver)};
}

Datagram make_header(std::uint16_t sequence, std::uint32_t ssrc = kSsrc) {
  Datagram header(codecs::kRtpHeaderSize);
  codecs::write_rtp_header(
      {.payload_type = 111, .sequence = sequence, .timestamp = 960, .ssrc = Ssrc{ssrc}}, header);
  return header;
}

Datagram protect(SrtpSession& session, std::uint64_t index, Bytes payload,
                 std::uint32_t ssrc = kSsrc) {
  const Datagram header = make_header(static_cast<std::uint16_t>(index), ssrc);
  Datagram packet(header.size() + payload.size() + sfu::kMaxSrtpTrailer);
  const auto size = session.protect_rtp(header, payload, index, packet);
  EXPECT_TRUE(size.has_value());
  packet.resize(size.value_or(0));
  return packet;
}

const Datagram kVoice = {'h', 'e', 'l', 'l', 'o'};

class Srtp : public testing::TestWithParam<SrtpProfile> {};

TEST_P(Srtp, APacketComesOutAsItWentIn) {
  Ends ends = make_ends(GetParam());
  Datagram packet = protect(ends.sender, 5, kVoice);
  EXPECT_EQ(packet.size(), 12 + kVoice.size() + trailer_of(GetParam()));
  EXPECT_FALSE(std::ranges::equal(Bytes(packet).subspan(12, 5), kVoice)) << "encrypted";
  const auto plain = ends.receiver.unprotect_rtp(packet);
  ASSERT_TRUE(plain.has_value());
  EXPECT_TRUE(std::ranges::equal(plain->first(12), make_header(5)));
  EXPECT_TRUE(std::ranges::equal(plain->subspan(12), kVoice));
}

TEST_P(Srtp, AReplayIsNamedSo) {
  Ends ends = make_ends(GetParam());
  const Datagram packet = protect(ends.sender, 5, kVoice);
  Datagram first = packet;
  Datagram second = packet;
  EXPECT_TRUE(ends.receiver.unprotect_rtp(first).has_value());
  EXPECT_EQ(ends.receiver.unprotect_rtp(second).error(), Drop::srtp_replay);
}

TEST_P(Srtp, TheReplayWindowHolds1024Packets) {
  Ends ends = make_ends(GetParam());
  std::vector<Datagram> packets;
  for (std::uint16_t i = 0; i <= 1024; ++i) packets.push_back(protect(ends.sender, i, kVoice));
  EXPECT_TRUE(ends.receiver.unprotect_rtp(packets[1024]).has_value());
  EXPECT_TRUE(ends.receiver.unprotect_rtp(packets[1]).has_value()) << "1,023 behind";
  EXPECT_EQ(ends.receiver.unprotect_rtp(packets[0]).error(), Drop::srtp_replay) << "1,024 behind";
}

TEST_P(Srtp, EveryForgedByteIsNoticed) {
  Ends ends = make_ends(GetParam());
  const Datagram packet = protect(ends.sender, 5, kVoice);
  for (std::size_t i = 12; i < packet.size(); ++i) {
    Datagram forged = packet;
    forged[i] ^= 1;
    EXPECT_EQ(ends.receiver.unprotect_rtp(forged).error(), Drop::srtp_auth) << i;
  }
  for (const std::size_t i : {1U, 2U, 3U, 4U, 7U, 8U, 11U}) {
    Datagram forged = packet;
    forged[i] ^= 1;
    EXPECT_FALSE(ends.receiver.unprotect_rtp(forged).has_value()) << i;
  }
  Datagram genuine = packet;
  EXPECT_TRUE(ends.receiver.unprotect_rtp(genuine).has_value()) << "forgeries moved no state";
}

TEST_P(Srtp, ShortInputIsAnErrorAndNothingElse) {
  Ends ends = make_ends(GetParam());
  const Datagram packet = protect(ends.sender, 5, kVoice);
  for (std::size_t size = 0; size < packet.size(); ++size) {
    Datagram rtp(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(size));
    Datagram rtcp = rtp;
    EXPECT_FALSE(ends.receiver.unprotect_rtp(rtp).has_value()) << size;
    EXPECT_FALSE(ends.receiver.unprotect_rtcp(rtcp).has_value()) << size;
  }
}

TEST_P(Srtp, AnotherKeysPacketIsRefused) {
  Ends ends = make_ends(GetParam());
  Datagram packet = protect(ends.receiver, 5, kVoice);  // the other direction's key
  EXPECT_EQ(ends.receiver.unprotect_rtp(packet).error(), Drop::srtp_auth);
}

TEST_P(Srtp, RolloverStaysRightOverThreeWrapsWith30PercentLoss) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    SeededRandom random(seed);
    Ends ends = make_ends(GetParam());
    std::uint32_t lost = 0;
    const auto first = static_cast<std::uint32_t>(random.below(1U << 15));
    const std::uint32_t last = first + 3 * 65536 + 2000;
    // Only each 8th packet exists, and bursts around the wraps: the same rollovers in less time.
    for (std::uint32_t i = first; i < last; i += (i & 0xffff) > 0xff00 ? 1 : 8) {
      Datagram packet = protect(ends.sender, i, kVoice);
      if (random.chance(30)) {
        ++lost;
        continue;
      }
      ASSERT_TRUE(ends.receiver.unprotect_rtp(packet).has_value()) << "seed " << seed << ", " << i;
    }
    EXPECT_GT(lost, 5000U);
  }
}

TEST_P(Srtp, ReportsTravelBothWaysAndReplaysAreRefused) {
  Ends ends = make_ends(GetParam());
  Datagram report = {0x80, 201, 0, 1, 0, 0, 0, 9};
  const Datagram before = report;
  report.resize(report.size() + sfu::kMaxSrtpTrailer);
  const auto size = ends.sender.protect_rtcp(report, before.size());
  ASSERT_TRUE(size.has_value());
  EXPECT_EQ(*size, before.size() + trailer_of(GetParam()) + 4);
  report.resize(*size);
  Datagram replay = report;
  Datagram forged = report;
  forged[9] ^= 1;
  EXPECT_EQ(ends.receiver.unprotect_rtcp(forged).error(), Drop::srtp_auth);
  const auto plain = ends.receiver.unprotect_rtcp(report);
  ASSERT_TRUE(plain.has_value());
  EXPECT_TRUE(std::ranges::equal(*plain, before));
  EXPECT_EQ(ends.receiver.unprotect_rtcp(replay).error(), Drop::srtp_replay);
}

TEST_P(Srtp, ManyStreamsShareASession) {
  Ends ends = make_ends(GetParam());
  for (std::uint32_t ssrc = 1; ssrc <= 17; ++ssrc) {
    Datagram packet = protect(ends.sender, 7, kVoice, ssrc);
    EXPECT_TRUE(ends.receiver.unprotect_rtp(packet).has_value()) << ssrc;
  }
}

TEST_P(Srtp, AMovedSessionGoesOn) {
  Ends ends = make_ends(GetParam());
  SrtpSession sender;
  sender.prefetch_send();
  sender = std::move(ends.sender);
  sender.prefetch_send();
  Datagram first = protect(sender, 7, kVoice);
  EXPECT_TRUE(ends.receiver.unprotect_rtp(first).has_value());
  SrtpSession receiver = std::move(ends.receiver);
  Datagram second = protect(sender, 8, kVoice);
  EXPECT_TRUE(receiver.unprotect_rtp(second).has_value());
}

TEST_P(Srtp, AKeyOfTheWrongLengthIsRefused) {
  const auto other = GetParam() == SrtpProfile::aead_aes_256_gcm ? SrtpProfile::aead_aes_128_gcm
                                                                 : SrtpProfile::aead_aes_256_gcm;
  const auto session = SrtpSession::create(
      {.profile = GetParam(), .send = make_key(other, 1), .receive = make_key(other, 2)});
  ASSERT_FALSE(session.has_value());
  EXPECT_EQ(session.error().code, ErrorCode::invalid_argument);
}

Datagram make_report(SrtpSession& sender, std::uint32_t ssrc) {
  Datagram report(8 + sfu::kMaxSrtpTrailer);
  ByteWriter writer(report);
  writer.u32(0x80c90001);
  writer.u32(ssrc);
  report.resize(sender.protect_rtcp(report, 8).value());
  return report;
}

TEST(SrtpAead, StreamsBeyondTheLimitAreRefusedByName) {
  Ends ends = make_ends(SrtpProfile::aead_aes_128_gcm);
  for (std::uint32_t ssrc = 1; ssrc <= sfu::kMaxSrtpSsrcs; ++ssrc) {
    Datagram forged = protect(ends.sender, 7, kVoice, 1000 + ssrc);
    forged.back() ^= 1;
    EXPECT_EQ(ends.receiver.unprotect_rtp(forged).error(), Drop::srtp_auth) << "costs no place";
    Datagram packet = protect(ends.sender, 7, kVoice, ssrc);
    ASSERT_TRUE(ends.receiver.unprotect_rtp(packet).has_value()) << ssrc;
    Datagram report = make_report(ends.sender, ssrc);
    ASSERT_TRUE(ends.receiver.unprotect_rtcp(report).has_value()) << ssrc;
  }
  Datagram packet = protect(ends.sender, 7, kVoice, sfu::kMaxSrtpSsrcs + 1);
  EXPECT_EQ(ends.receiver.unprotect_rtp(packet).error(), Drop::srtp_ssrc_limit);
  Datagram report = make_report(ends.sender, sfu::kMaxSrtpSsrcs + 1);
  EXPECT_EQ(ends.receiver.unprotect_rtcp(report).error(), Drop::srtp_ssrc_limit);
  Datagram known = protect(ends.sender, 8, kVoice, 1);
  EXPECT_TRUE(ends.receiver.unprotect_rtp(known).has_value());
}

TEST(SrtpAead, AnIndexBeyond48BitsIsNotSent) {
  Ends ends = make_ends(SrtpProfile::aead_aes_256_gcm);
  const std::uint64_t last = (std::uint64_t{1} << 48) - 1;
  EXPECT_FALSE(protect(ends.sender, last, kVoice).empty());
  const Datagram header = make_header(0);
  Datagram out(200);
  EXPECT_EQ(ends.sender.protect_rtp(header, kVoice, last + 1, out).error(), Drop::send_error);
}

TEST(SrtpAead, AReportThatIsNoneIsNotSent) {
  Ends ends = make_ends(SrtpProfile::aead_aes_128_gcm);
  Datagram report(7 + sfu::kMaxSrtpTrailer);
  EXPECT_EQ(ends.sender.protect_rtcp(report, 7).error(), Drop::send_error);
}

INSTANTIATE_TEST_SUITE_P(Profiles, Srtp, testing::ValuesIn(kProfiles), [](const auto& one) {
  switch (one.param) {
    case SrtpProfile::aes128_cm_sha1_80:
      return "Aes128CmSha1";
    case SrtpProfile::aead_aes_128_gcm:
      return "Aes128Gcm";
    case SrtpProfile::aead_aes_256_gcm:
      return "Aes256Gcm";
  }
  return "";
});

}  // namespace
}  // namespace parley::test
