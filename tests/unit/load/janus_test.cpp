#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

#include "client/load/janus_messages.hpp"
#include "client/load/janus_sdp.hpp"

namespace parley::client {
namespace {

using ::testing::HasSubstr;

// As Janus writes its offers to a listener of two talkers.
constexpr std::string_view kOffer =
    "v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=VideoRoom 1\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n"
    "a=fingerprint:sha-256 "
    "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:"
    "ff\r\na=ice-lite\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 192.0.2.2\r\na=sendonly\r\na=mid:0\r\n"
    "a=ice-ufrag:Gn2R\r\na=ice-pwd:DSt0Wv2e9JQoOc+VVo9aew\r\na=setup:actpass\r\n"
    "a=rtpmap:111 opus/48000/2\r\na=ssrc:2369349169 cname:janus\r\n"
    "a=ssrc:2369349169 msid:janus janus0\r\n"
    "a=candidate:1 1 tcp 2015363583 10.77.0.1 9 typ host tcptype passive\r\n"
    "a=candidate:1 1 udp 2015363583 10.77.0.1 60856 typ host\r\na=end-of-candidates\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 96\r\na=sendonly\r\na=mid:1\r\na=ssrc:7 cname:janus\r\n";

std::string without(std::string_view part) {
  std::string text(kOffer);
  text.erase(text.find(part), part.size());
  return text;
}

TEST(JanusSdp, AnOfferGivesPathKeysAndStreams) {
  const auto offer = parse_sdp(kOffer);
  ASSERT_TRUE(offer);
  EXPECT_EQ(offer->ice.ufrag, "Gn2R");
  EXPECT_EQ(offer->ice.pwd, "DSt0Wv2e9JQoOc+VVo9aew");
  EXPECT_EQ(offer->fingerprint[1], 1);
  EXPECT_EQ(offer->fingerprint[31], 0xff);
  EXPECT_EQ(offer->candidate.to_string(), "10.77.0.1:60856");
  ASSERT_EQ(offer->media.size(), 2U);
  EXPECT_EQ(offer->media[0].ssrc, Ssrc{2369349169});
  EXPECT_EQ(offer->media[1].mid, "1");
  EXPECT_EQ(offer->media[1].payload_type, 96);
  EXPECT_EQ(offer->media[1].ssrc, Ssrc{7});
}

TEST(JanusSdp, WhatIsMissingIsNamed) {
  EXPECT_THAT(parse_sdp("").error().message, HasSubstr("ICE credentials"));
  EXPECT_THAT(parse_sdp(without("a=ice-pwd:DSt0Wv2e9JQoOc+VVo9aew")).error().message,
              HasSubstr("ICE credentials"));
  EXPECT_THAT(parse_sdp(without(":1E:ff")).error().message, HasSubstr("fingerprint"));
  EXPECT_THAT(parse_sdp(without("10.77.0.1 60856")).error().message, HasSubstr("candidate"));
}

TEST(JanusSdp, MoreMediaThanTheLimitAreRefused) {
  std::string text(kOffer);
  for (std::size_t i = 2; i < kMaxSdpMedia; ++i) text += "m=audio 9 X 111\r\n";
  EXPECT_TRUE(parse_sdp(text));
  text += "m=audio 9 X 111\r\n";
  EXPECT_EQ(parse_sdp(text).error().code, ErrorCode::resource_exhausted);
}

TEST(JanusSdp, AnAnswerMirrorsMidsAndPayloadTypesAndTakesTheClientsRole) {
  const SdpLocal local{.ice = {.ufrag = "us", .pwd = "secret"}, .fingerprint = {0xab}};
  const std::string answer = write_sdp_answer(local, parse_sdp(kOffer).value());
  EXPECT_THAT(answer, HasSubstr("a=group:BUNDLE 0 1\r\n"));
  EXPECT_THAT(answer, HasSubstr("a=ice-ufrag:us\r\na=ice-pwd:secret\r\n"));
  EXPECT_THAT(answer, HasSubstr("a=fingerprint:sha-256 AB:00:"));
  EXPECT_THAT(answer, HasSubstr("a=setup:active\r\n"));
  EXPECT_THAT(answer, HasSubstr("m=audio 9 UDP/TLS/RTP/SAVPF 96\r\n"));
  EXPECT_THAT(answer, HasSubstr("a=mid:1\r\na=recvonly\r\n"));
}

TEST(JanusSdp, AnAnswerToThirtyTalkersFitsIntoARequest) {
  SdpRemote offer;
  for (int i = 0; i < 30; ++i) {
    offer.media.push_back({.mid = std::to_string(i), .payload_type = 111, .ssrc = {}});
  }
  const SdpLocal local{.ice = {.ufrag = "12345678", .pwd = "123456789012345678901234"},
                       .fingerprint = {}};
  const std::string request =
      janus_start("1", {.session = 1, .handle = 2}, write_sdp_answer(local, offer));
  EXPECT_LT(request.size(), 8191U);
}

TEST(JanusSdp, AnOfferNamesItsStream) {
  const std::string offer =
      write_sdp_offer({.ice = {.ufrag = "us", .pwd = "secret"}, .fingerprint = {}}, Ssrc{4711});
  EXPECT_THAT(offer, HasSubstr("a=sendonly\r\n"));
  EXPECT_THAT(offer, HasSubstr("a=ssrc:4711 cname:"));
}

TEST(JanusMessages, RequestsCarryTheirAddressAndTransaction) {
  const auto request =
      nlohmann::json::parse(janus_subscribe("17", {.session = 5, .handle = 6}, 1, {100, 101}));
  EXPECT_EQ(request["janus"], "message");
  EXPECT_EQ(request["transaction"], "17");
  EXPECT_EQ(request["session_id"], 5);
  EXPECT_EQ(request["handle_id"], 6);
  EXPECT_EQ(request["body"]["streams"][1]["feed"], 101);
  EXPECT_FALSE(nlohmann::json::parse(janus_create_session("1")).contains("session_id"));
}

TEST(JanusMessages, AnswersOfJanusAndOfItsPluginAreRead) {
  const auto created =
      parse_janus_reply(R"({"janus":"success","transaction":"3","data":{"id":5829700095203645}})");
  ASSERT_TRUE(created);
  EXPECT_EQ(created->event, JanusEvent::answer);
  EXPECT_EQ(created->transaction, "3");
  EXPECT_EQ(created->id, 5829700095203645U);
  const auto joined = parse_janus_reply(
      R"({"janus":"event","transaction":"4","sender":9,"plugindata":{"plugin":"x",)"
      R"("data":{"videoroom":"joined","id":77}},"jsep":{"type":"answer","sdp":"v=0"}})");
  ASSERT_TRUE(joined);
  EXPECT_EQ(joined->sender, 9U);
  EXPECT_EQ(joined->id, 77U);
  EXPECT_EQ(joined->sdp, "v=0");
}

TEST(JanusMessages, RefusalsOfJanusAndOfItsPluginAreErrors) {
  const auto refused = parse_janus_reply(
      R"({"janus":"error","transaction":"4","error":{"code":469,"reason":"Unexpected ANSWER"}})");
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->event, JanusEvent::error);
  EXPECT_EQ(refused->reason, "Unexpected ANSWER");
  const auto no_feed = parse_janus_reply(
      R"({"janus":"event","sender":9,"plugindata":{"data":{"error_code":428,"error":"No feed"}}})");
  ASSERT_TRUE(no_feed);
  EXPECT_EQ(no_feed->event, JanusEvent::error);
  EXPECT_EQ(no_feed->reason, "No feed");
}

TEST(JanusMessages, WhateverIsNoObjectOrHasOtherTypesIsHarmless) {
  for (const std::string_view text : {"", "[]", "{", "7", "\xff\xfe"}) {
    EXPECT_FALSE(parse_janus_reply(text)) << text;
  }
  const auto odd = parse_janus_reply(
      R"({"janus":7,"transaction":[],"sender":"x","data":3,"jsep":"a","plugindata":[1],"error":"e"})");
  ASSERT_TRUE(odd);
  EXPECT_EQ(odd->event, JanusEvent::other);
}

}  // namespace
}  // namespace parley::client
