// The program as an operator and systemd see it.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>

#include "signaling/store/store.hpp"
#include "tests/unit/server/running_service.hpp"
#include "tests/unit/server/tls_client.hpp"

namespace parley::signaling {
namespace {

constexpr int kUsage = 64;
constexpr int kUnavailable = 69;
constexpr int kConfig = 78;

std::size_t lines_of(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST(SignalingProcess, EndsPolitelyOnSigterm) {
  const ServiceDirectory directory;
  RunningService service(directory);
  WsClient client(service.https_port(), directory.path() / "pki" / "ca.pem");
  client.greet();
  service.signal(SIGTERM);
  const api::ServerMessage last = client.receive();
  EXPECT_EQ(last.error().code(), api::Error::SERVER_CLOSING);
  const WsFrame close = client.read_frame();
  EXPECT_EQ(close.close_code(), 1001);
  client.send_frame(8, close.payload);
  const Finished finished = service.wait();
  EXPECT_EQ(finished.exit_code, 0) << finished.output;
  EXPECT_NE(finished.output.find("info stopped"), std::string::npos);
}

TEST(SignalingProcess, EndsThoughAClientDoesNotAnswer) {
  const ServiceDirectory directory;
  RunningService service(directory);
  WsClient client(service.https_port(), directory.path() / "pki" / "ca.pem");
  client.greet();
  service.signal(SIGINT);
  EXPECT_EQ(service.wait().exit_code, 0);
}

TEST(SignalingProcess, ShowsARenewedCertificateToNewConnectionsOnSighup) {
  const ServiceDirectory directory;
  RunningService service(directory);
  const TlsClient::Options options{.ca_file = directory.path() / "pki" / "ca.pem"};
  WsClient old_client(service.https_port(), options.ca_file);
  old_client.greet();
  const std::string before = TlsClient(service.https_port(), options).server_fingerprint();
  directory.renew_certificates();
  service.signal(SIGHUP);
  EXPECT_NE(service.wait_for_line("certificate renewed certificate=\"control\""), "");
  TlsClient after(service.https_port(), options);
  ASSERT_TRUE(after.is_open());
  EXPECT_NE(after.server_fingerprint(), before);
  api::ClientMessage ping;
  ping.mutable_ping();
  EXPECT_TRUE(old_client.send(ping));
  EXPECT_EQ(old_client.read_frame().opcode, 2);
}

TEST(SignalingProcess, KeepsTheOldCertificateWhenTheNewOneIsBad) {
  const ServiceDirectory directory;
  RunningService service(directory);
  directory.write("pki/web.pem", "not a certificate");
  service.signal(SIGHUP);
  EXPECT_NE(service.wait_for_line("certificate not renewed"), "");
  const TlsClient client(service.https_port(), {.ca_file = directory.path() / "pki" / "ca.pem"});
  EXPECT_TRUE(client.is_open());
}

TEST(SignalingProcess, SaysInOneLineThatAPortIsBusy) {
  const ServiceDirectory directory;
  const RunningService service(directory);
  directory.write("s.yaml", "server: {web_root: web, port: " +
                                std::to_string(service.https_port()) + "}\ncontrol: {port: 0}\n");
  const Finished second = directory.run({});
  EXPECT_EQ(second.exit_code, kUnavailable);
  EXPECT_EQ(lines_of(second.output), 1U) << second.output;
  EXPECT_NE(second.output.find(std::to_string(service.https_port())), std::string::npos);
}

TEST(SignalingProcess, PrintsEverythingThatIsWrongWithItsConfiguration) {
  const ServiceDirectory directory;
  directory.write("s.yaml",
                  "server:\n  port: 70000\n  colour: red\nlimits:\n  hello_limit_ms: 1\n");
  const Finished finished = directory.run({"--check"});
  EXPECT_EQ(finished.exit_code, kConfig);
  for (const char* text : {"s.yaml:2: server.port: '70000' is not a whole number of 0..65535\n",
                           "s.yaml:3: 'server.colour' is not a known key\n",
                           "s.yaml:5: limits.hello_limit_ms: '1' is not"}) {
    EXPECT_NE(finished.output.find(text), std::string::npos) << finished.output;
  }
}

TEST(SignalingProcess, ChecksAGoodConfiguration) {
  const ServiceDirectory directory;
  const Finished finished = directory.run({"--check"});
  EXPECT_EQ(finished.exit_code, 0) << finished.output;
  EXPECT_NE(finished.output.find("s.yaml: ok"), std::string::npos);
}

TEST(SignalingProcess, RefusesAKeyThatOthersMayRead) {
  const ServiceDirectory directory;
  ASSERT_EQ(directory.run({"init-key"}).exit_code, 0);
  ASSERT_NE(directory.run({"init-key"}).exit_code, 0);
  ASSERT_EQ(::chmod((directory.path() / "state/invitation.key").c_str(), 0644), 0);
  const Finished finished = directory.run({});
  EXPECT_EQ(finished.exit_code, kConfig);
  EXPECT_EQ(lines_of(finished.output), 1U) << finished.output;
}

TEST(SignalingProcess, NamesAMissingCertificate) {
  const ServiceDirectory directory;
  std::filesystem::remove(directory.path() / "pki/web.pem");
  const Finished finished = directory.run({});
  EXPECT_EQ(finished.exit_code, kConfig);
  EXPECT_NE(finished.output.find("pki/web.pem"), std::string::npos) << finished.output;
}

TEST(SignalingProcess, MakesRoomsAndLinks) {
  const ServiceDirectory directory;
  EXPECT_EQ(directory.run({"rooms"}).output, "");
  const Finished made = directory.run({"room", "Night shift"});
  EXPECT_EQ(made.exit_code, 0) << made.output;
  EXPECT_EQ(directory.run({"room", "Night shift"}).output, made.output) << "the same room";
  EXPECT_EQ(directory.run({"rooms"}).output, made.output);
  const Finished link = directory.run({"invite", "--room", "Night shift", "--name", "Ada",
                                       "--lifetime-s", "60", "--url", "https://talk.example"});
  EXPECT_EQ(link.exit_code, 0) << link.output;
  EXPECT_TRUE(link.output.starts_with("https://talk.example/#i=")) << link.output;
  const Finished absent = directory.run({"invite", "--room", "Attic"});
  EXPECT_NE(absent.exit_code, 0);
  EXPECT_NE(absent.output.find("--create-room"), std::string::npos) << absent.output;
}

// The end of a line of `rooms`, behind the id.
std::string mode_and_name(const Finished& finished) {
  EXPECT_EQ(finished.exit_code, 0) << finished.output;
  return finished.output.substr(std::min<std::size_t>(finished.output.size(), 18));
}

TEST(SignalingProcess, ChangesHowTheFloorOfARoomWorks) {
  const ServiceDirectory directory;
  const auto room = [&](std::vector<std::string> options) {
    options.insert(options.begin(), {"room", "Radio"});
    return directory.run(options);
  };
  EXPECT_EQ(mode_and_name(room({})), "open          Radio\n");
  EXPECT_EQ(mode_and_name(room({"--mode", "ptt", "--talk-limit-s", "20", "--no-queue"})),
            "ptt           Radio\n");
  EXPECT_EQ(mode_and_name(room({"--max-tier", "peril", "--preempt-by-level"})),
            "ptt           Radio\n");
  Store store = std::move(Store::open((directory.path() / "state/parley.db").string()).value());
  const auto policy = [&] { return store.find_room("Radio")->policy; };
  EXPECT_EQ(policy().talk_limit_ms(), 20'000U);
  EXPECT_TRUE(policy().has_queues());
  EXPECT_FALSE(policy().queues());
  EXPECT_TRUE(policy().preempts_by_level());
  EXPECT_EQ(policy().max_tier(), floor::PERIL);
  EXPECT_EQ(room({"--defaults", "--mode", "open", "--talkers", "6"}).exit_code, 0);
  EXPECT_FALSE(policy().has_talk_limit_ms());
  EXPECT_EQ(policy().mode(), floor::OPEN);
  EXPECT_EQ(policy().talkers(), 6U);
}

TEST(SignalingProcess, RefusesRulesThatDoNotGoTogether) {
  const ServiceDirectory directory;
  const std::vector<std::vector<std::string>> wrong = {
      {"--mode", "dance"},
      {"--mode", "ptt", "--talkers", "3"},
      {"--mode", "multi", "--talkers", "5"},
      {"--mode", "broadcast"},
      {"--mode", "ptt", "--initiator", "1"},
      {"--talk-limit-s", "3601"},
      {"--max-level", "16"},
  };
  for (std::vector<std::string> options : wrong) {
    const std::string named = options.back();
    options.insert(options.begin(), {"room", "Radio"});
    const Finished finished = directory.run(options);
    EXPECT_EQ(finished.exit_code, kUsage) << named << finished.output;
    EXPECT_NE(finished.output.find("--"), std::string::npos) << finished.output;
  }
  EXPECT_EQ(directory.run({"rooms"}).output, "") << "none of them made the room";
  EXPECT_EQ(directory.run({"room", "Orders", "--mode", "broadcast", "--initiator", "1"}).exit_code,
            0);
  EXPECT_EQ(directory.run({"room", std::string(65, 'x')}).exit_code, kUsage);
}

TEST(SignalingProcess, InvitesToSeveralRooms) {
  const ServiceDirectory directory;
  EXPECT_EQ(directory.run({"room", "Radio", "--mode", "ptt"}).exit_code, 0);
  EXPECT_EQ(directory.run({"room", "Lobby"}).exit_code, 0);
  const auto invite = [&](std::vector<std::string> options) {
    options.insert(options.begin(), {"invite", "--room", "Radio", "--room", "Lobby"});
    return directory.run(options);
  };
  for (const std::vector<std::string>& good : std::vector<std::vector<std::string>>{
           {},
           {"--role", "chair", "--tier", "command", "--level", "15", "--delegation", "Norway"},
           {"--role", "dispatcher", "--role", "listener", "--tier", "command", "--tier",
            "routine"}}) {
    const Finished link = invite(good);
    EXPECT_EQ(link.exit_code, 0) << link.output;
    EXPECT_NE(link.output.find("/#i="), std::string::npos);
  }
  for (const std::vector<std::string>& wrong : std::vector<std::vector<std::string>>{
           {"--role", "king"},
           {"--tier", "highest"},
           {"--level", "16"},
           {"--room", "Lobby"},
           {"--room", "Attic", "--create-room", "--role", "chair", "--role", "talker"},
           {"--delegation", std::string(65, 'x')}}) {
    const Finished refused = invite(wrong);
    EXPECT_EQ(refused.exit_code, kUsage) << wrong[1] << refused.output;
  }
}

TEST(SignalingProcess, RefusesAnUnknownCommand) {
  const ServiceDirectory directory;
  EXPECT_EQ(directory.run({"dance"}).exit_code, kUsage);
  EXPECT_EQ(directory.run({"invite"}).exit_code, kUsage);
}

TEST(SignalingProcess, PrintsItsVersion) {
  const ServiceDirectory directory;
  const Finished finished = directory.run({"--version"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_TRUE(finished.output.starts_with("parley-signaling ")) << finished.output;
}

}  // namespace
}  // namespace parley::signaling
