// The program as an operator and systemd see it.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>

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
  directory.write("s.yaml",
                  "server: {web_root: web, port: " + std::to_string(service.https_port()) +
                      "}\ncontrol: {port: 0}\nstore: {file: other/parley.db}\n"
                      "admin: {socket: other/admin.sock}\n");
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
  ASSERT_EQ(RunningService(directory).stop().exit_code, 0);
  ASSERT_EQ(::chmod((directory.path() / "state/authority.pem").c_str(), 0644), 0);
  const Finished finished = directory.run({});
  EXPECT_EQ(finished.exit_code, kConfig);
  EXPECT_EQ(lines_of(finished.output), 1U) << finished.output;
}

TEST(SignalingProcess, RefusesAStoreThatAnotherProcessOwns) {
  const ServiceDirectory directory;
  const RunningService service(directory);
  const Finished second = directory.run({});
  EXPECT_NE(second.exit_code, 0);
  EXPECT_EQ(lines_of(second.output), 1U) << second.output;
  EXPECT_NE(second.output.find("parley.db"), std::string::npos) << second.output;
}

TEST(SignalingProcess, NamesAMissingCertificate) {
  const ServiceDirectory directory;
  std::filesystem::remove(directory.path() / "pki/web.pem");
  const Finished finished = directory.run({});
  EXPECT_EQ(finished.exit_code, kConfig);
  EXPECT_NE(finished.output.find("pki/web.pem"), std::string::npos) << finished.output;
}

TEST(SignalingProcess, RefusesAnUnknownCommand) {
  const ServiceDirectory directory;
  EXPECT_EQ(directory.run({"dance"}).exit_code, kUsage);
}

TEST(SignalingProcess, PrintsItsVersion) {
  const ServiceDirectory directory;
  const Finished finished = directory.run({"--version"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_TRUE(finished.output.starts_with("parley-signaling ")) << finished.output;
}

}  // namespace
}  // namespace parley::signaling
