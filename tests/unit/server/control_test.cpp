// The media node's link to the real program.
#include <gtest/gtest.h>

#include "protocol/control.pb.h"
#include "tests/unit/server/running_service.hpp"
#include "tests/unit/server/tls_client.hpp"

namespace parley::signaling {
namespace {

class ControlTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    directory_ = new ServiceDirectory();
    service_ = new RunningService(*directory_);
    const Finished made = directory_->administer({"rooms", "set", "Radio", "--mode", "ptt"});
    radio_ = made.output.substr(made.output.find("0x") + 2, 16);
  }
  static void TearDownTestSuite() {
    EXPECT_EQ(service_->stop().exit_code, 0);
    delete service_;
    delete directory_;
  }
  static std::filesystem::path pki(const std::string& name) {
    return directory_->path() / "pki" / name;
  }
  static TlsClient::Options node_options() {
    return {
        .ca_file = pki("ca.pem"),
        .certificate = ClientCertificate{.certificate = pki("node.pem"), .key = pki("node.key")}};
  }
  static bool send(TlsClient& client, std::string_view bytes) {
    std::string frame(4, '\0');
    frame[2] = static_cast<char>(bytes.size() >> 8);
    frame[3] = static_cast<char>(bytes.size() & 255);
    return client.write(frame + std::string(bytes));
  }
  static control::ToNode receive(TlsClient& client) {
    control::ToNode message;
    const std::string head = client.read(4);
    if (head.size() == 4) {
      EXPECT_TRUE(message.ParseFromString(client.read(ByteReader(as_bytes(head)).u32())));
    }
    return message;
  }
  static control::ToNode greet(TlsClient& client) {
    control::FromNode hello;
    hello.mutable_hello()->set_min_version(2);
    hello.mutable_hello()->set_max_version(2);
    hello.mutable_hello()->set_node_name("node-1");
    hello.mutable_hello()->set_boot_id(7);
    hello.mutable_hello()->set_workers(1);
    hello.mutable_hello()->set_max_peers(10);
    EXPECT_TRUE(send(client, hello.SerializeAsString()));
    return receive(client);
  }

  static inline ServiceDirectory* directory_ = nullptr;
  static inline RunningService* service_ = nullptr;
  static inline std::string radio_;  // id of the room, as it is printed
};

TEST_F(ControlTest, WelcomesANodeWithACertificateOfTheAuthority) {
  TlsClient node(service_->control_port(), node_options());
  ASSERT_TRUE(node.is_open());
  EXPECT_EQ(greet(node).welcome().version(), 2U);
  EXPECT_NE(service_->wait_for_line("media node connected"), "");
}

TEST_F(ControlTest, LogsEachChangeOfAFloorWithIdsOnly) {
  TlsClient node(service_->control_port(), node_options());
  greet(node);
  control::FromNode told;
  told.mutable_snapshot_end();
  EXPECT_TRUE(send(node, told.SerializeAsString()));
  floor::Event& event = *told.mutable_floor()->mutable_event();
  event.set_room_id(std::stoull(radio_, nullptr, 16));
  event.set_term(1'800'000'000);
  event.set_fseq(5);
  floor::Holder& holder = *event.mutable_taken()->add_holders();
  holder.set_member_id(3);
  holder.mutable_grant()->set_number(4);
  EXPECT_TRUE(send(node, told.SerializeAsString()));
  const std::string line = service_->wait_for_line("floor changed");
  EXPECT_NE(
      line.find("room=\"" + radio_ + "\" term=1800000000 fseq=5 change=\"taken\" member=3 grant=4"),
      std::string::npos)
      << line;
}

TEST_F(ControlTest, RefusesANodeWithoutACertificate) {
  TlsClient stranger(service_->control_port(), {.ca_file = pki("ca.pem")});
  EXPECT_EQ(stranger.read_all(), "");
  EXPECT_NE(service_->wait_for_line("control connection refused"), "");
}

TEST_F(ControlTest, SpeaksTls13Only) {
  TlsClient::Options old = node_options();
  old.max_version = TLS1_2_VERSION;
  EXPECT_FALSE(TlsClient(service_->control_port(), old).is_open());
}

TEST_F(ControlTest, ReplacesALinkWhenTheNodeComesBack) {
  TlsClient first(service_->control_port(), node_options());
  greet(first);
  TlsClient second(service_->control_port(), node_options());
  EXPECT_EQ(greet(second).welcome().version(), 2U);
  EXPECT_EQ(first.read_all(), "");
}

TEST_F(ControlTest, EndsALinkThatBreaksTheProtocol) {
  TlsClient node(service_->control_port(), node_options());
  greet(node);
  send(node, "\xff\xff\xff garbage");
  EXPECT_EQ(node.read_all(), "");
  EXPECT_NE(service_->wait_for_line("it broke the protocol"), "");
  TlsClient silent(service_->control_port(), node_options());
  silent.write(std::string_view("\xff\xff\xff\xff", 4));  // a length of 4 GiB
  EXPECT_EQ(silent.read_all(), "");
}

}  // namespace
}  // namespace parley::signaling
