// The configurations of both services, and that their documented samples tell the truth.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "config/node_config.hpp"
#include "config/signaling_config.hpp"
#include "config/yaml_reader.hpp"

namespace parley::config {
namespace {

using testing::ElementsAre;

const std::filesystem::path kSamples = std::filesystem::path(PARLEY_SOURCE_DIR) / "config";

template <class Config>
std::vector<std::string> problems_of(const std::expected<Config, Problems>& loaded) {
  std::vector<std::string> out;
  if (loaded) return out;
  for (const Problem& problem : loaded.error()) out.push_back(problem.to_string());
  return out;
}

auto parse_node(std::string_view text) {
  return parse_node_config(text, "n.yaml", FileCheck::skip);
}
auto parse_signaling(std::string_view text) {
  return parse_signaling_config(text, "s.yaml", FileCheck::skip);
}

TEST(NodeConfig, SampleHoldsExactlyTheDefaults) {
  const std::filesystem::path file = kSamples / "parley-sfu.yaml";
  const auto sample = load_node_config(file, FileCheck::skip);
  ASSERT_THAT(problems_of(sample), testing::IsEmpty());
  EXPECT_EQ(*sample, *parse_node_config("", file, FileCheck::skip));
}

TEST(SignalingConfig, SampleHoldsExactlyTheDefaults) {
  const std::filesystem::path file = kSamples / "parley-signaling.yaml";
  const auto sample = load_signaling_config(file, FileCheck::skip);
  ASSERT_THAT(problems_of(sample), testing::IsEmpty());
  EXPECT_EQ(*sample, *parse_signaling_config("", file, FileCheck::skip));
}

TEST(NodeConfig, SampleNamesEveryKey) {
  const auto text = read_config_file(kSamples / "parley-sfu.yaml");
  ASSERT_TRUE(text.has_value());
  YamlReader reader(*text, "sample", FileCheck::skip);
  EXPECT_EQ(read_node_config(reader).node_name, "node-1");
  EXPECT_THAT(reader.absent_keys(), testing::IsEmpty());
}

TEST(SignalingConfig, SampleNamesEveryKey) {
  const auto text = read_config_file(kSamples / "parley-signaling.yaml");
  ASSERT_TRUE(text.has_value());
  YamlReader reader(*text, "sample", FileCheck::skip);
  EXPECT_EQ(read_signaling_config(reader).server_name, "parley");
  EXPECT_THAT(reader.absent_keys(), testing::IsEmpty());
}

TEST(NodeConfig, PrintsAllItsProblemsWithFileAndLine) {
  const auto config = parse_node(
      "log:\n  level: loud\ncontrol:\n  port: 0\nmedia:\n  slots: 21\n  wrokers: 2\n"
      "  srtp_profiles: [rot13]\n  consent_timeout_ms: 15s\n");
  EXPECT_THAT(problems_of(config),
              ElementsAre("n.yaml:2: log.level: 'loud' is not one of debug, info, warning, error",
                          "n.yaml:4: control.port: '0' is not a whole number of 1..65535",
                          "n.yaml:6: media.slots: '21' is not a whole number of 1..20",
                          "n.yaml:7: 'media.wrokers' is not a known key",
                          "n.yaml:8: media.srtp_profiles: 'rot13' is not one of aead_aes_128_gcm, "
                          "aead_aes_256_gcm, aes128_cm_sha1_80",
                          "n.yaml:9: media.consent_timeout_ms: '15s' is not a whole number of "
                          "1000..60000"));
}

TEST(NodeConfig, AnnouncesWhatItListensOnUnlessTold) {
  const auto plain = parse_node("media:\n  listen: [192.0.2.1, '2001:db8::1']\n");
  ASSERT_TRUE(plain.has_value());
  EXPECT_EQ(plain->media.announce, plain->media.listen);
  const auto mapped = parse_node("media:\n  listen: [0.0.0.0]\n  announce: [198.51.100.7]\n");
  ASSERT_TRUE(mapped.has_value());
  EXPECT_THAT(mapped->media.announce, ElementsAre(*IpAddress::parse("198.51.100.7")));
}

TEST(NodeConfig, NeverAnnouncesAWildcard) {
  EXPECT_THAT(problems_of(parse_node("media:\n  listen: [0.0.0.0]\n")),
              ElementsAre(testing::HasSubstr("list the addresses clients can reach")));
  EXPECT_THAT(problems_of(parse_node("media:\n  announce: ['::']\n")),
              ElementsAre(testing::HasSubstr("not addresses clients can reach")));
}

TEST(NodeConfig, LastWorkerNeedsAPort) {
  EXPECT_TRUE(parse_node("media: {base_port: 65534, workers: 2}").has_value());
  EXPECT_THAT(problems_of(parse_node("media: {base_port: 65535, workers: 2}")),
              ElementsAre(testing::HasSubstr("above 65535")));
}

TEST(SignalingConfig, WantsOriginsAsBrowsersWriteThem) {
  EXPECT_TRUE(parse_signaling("server: {public_url: 'https://[2001:db8::1]:8443'}").has_value());
  EXPECT_TRUE(parse_signaling("server: {allowed_origins: ['https://a.example', 'https://b:1']}")
                  .has_value());
  for (const char* bad :
       {"http://a.example", "https://A.example", "https://a.example/", "https://a.example:0",
        "https://a.example:65536", "a.example", "https://"}) {
    EXPECT_THAT(problems_of(parse_signaling("server: {public_url: '" + std::string(bad) + "'}")),
                ElementsAre(testing::HasSubstr("public_url")))
        << bad;
  }
  EXPECT_THAT(problems_of(parse_signaling("server: {allowed_origins: ['*']}")),
              ElementsAre(testing::HasSubstr("allowed_origins")));
}

TEST(SignalingConfig, GivesQuietClientsTimeToPing) {
  EXPECT_TRUE(
      parse_signaling("limits: {ping_interval_ms: 10000, idle_limit_ms: 20000}").has_value());
  EXPECT_THAT(
      problems_of(parse_signaling("limits: {ping_interval_ms: 10000, idle_limit_ms: 19999}")),
      ElementsAre(testing::HasSubstr("at least twice")));
}

TEST(SignalingConfig, KnowsWhoLetsPeopleIn) {
  const auto config = parse_signaling(
      "organisation: {name: Meridian}\nauthority: {key_file: /etc/a.pem}\n"
      "credentials: {lifetime_s: 60, renewal_window_s: 0}\nadmin: {socket: run/a.sock}\n"
      "store: {postgres: 'host=db dbname=parley passfile=/etc/pgpass'}\n");
  ASSERT_THAT(problems_of(config), testing::IsEmpty());
  EXPECT_EQ(config->organisation.name, "Meridian");
  EXPECT_EQ(config->authority.key_file, "/etc/a.pem");
  EXPECT_EQ(config->credentials.lifetime, std::chrono::seconds(60));
  EXPECT_EQ(config->credentials.renewal_window, std::chrono::seconds(0));
  EXPECT_EQ(config->admin.socket, "run/a.sock");
  EXPECT_EQ(config->store.postgres, "host=db dbname=parley passfile=/etc/pgpass");
  EXPECT_TRUE(parse_signaling("")->store.postgres.empty());
  EXPECT_THAT(problems_of(parse_signaling("organisation: {name: ''}")),
              ElementsAre("s.yaml:1: organisation.name: has to be 1..64 printable bytes"));
  EXPECT_THAT(problems_of(parse_signaling("credentials: {lifetime_s: 59}")),
              ElementsAre(testing::HasSubstr("60..2592000")));
}

TEST(SignalingConfig, WantsNoPasswordOfADatabase) {
  for (const char* good :
       {"host=db passfile=/p", "postgresql://parley@db/parley", "service=parley"}) {
    EXPECT_TRUE(parse_signaling("store: {postgres: '" + std::string(good) + "'}").has_value());
  }
  for (const char* bad :
       {"host=db password=x", "password = x", "postgresql://parley:x@db/parley"}) {
    EXPECT_THAT(problems_of(parse_signaling("store: {postgres: '" + std::string(bad) + "'}")),
                ElementsAre(testing::HasSubstr("passfile")))
        << bad;
  }
}

TEST(SignalingConfig, KnowsNoMoreInvitationKeys) {
  EXPECT_THAT(problems_of(parse_signaling("invitations: {key_file: state/invitation.key}")),
              ElementsAre("s.yaml:1: 'invitations.key_file' is not a known key"));
}

TEST(SignalingConfig, NamesEachMissingFile) {
  const auto config =
      parse_signaling_config("", "/nonexistent/s.yaml", FileCheck::must_be_readable);
  EXPECT_THAT(problems_of(config), testing::SizeIs(6));
}

}  // namespace
}  // namespace parley::config
