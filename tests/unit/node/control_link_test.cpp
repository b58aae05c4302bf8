#include "sfu/node/control_link.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "net/os_random.hpp"
#include "tests/unit/net/wait.hpp"
#include "tests/unit/node/test_service.hpp"

namespace parley::sfu {
namespace {

using control::FromNode;
using control::NodeError;
using control::ToNode;
using std::chrono::milliseconds;
using test::run_until;

class ControlLinks : public ::testing::Test {
 protected:
  void open(Duration silence = kLinkSilence) {
    link = ControlLink::open(loop,
                             {.host = "127.0.0.1",
                              .port = service.port(),
                              .server_name = test::TestService::kName,
                              .files = files,
                              .silence = silence},
                             random,
                             {.on_up = [this] { ++ups; },
                              .on_message = [this](const ToNode& one) { got.push_back(one); },
                              .on_down = [this] { ++downs; }})
               .value();
  }
  bool wait_for_link(std::size_t number) {
    return run_until(loop, [&] { return ups == number && service.links() == number; });
  }

  net::Loop loop;
  test::TestPki pki;
  net::TlsFiles files = pki.issue("node-1");
  test::TestService service{loop, pki};
  net::OsRandom random;
  std::size_t ups = 0;
  std::size_t downs = 0;
  std::vector<ToNode> got;
  std::unique_ptr<ControlLink> link;
};

TEST_F(ControlLinks, CarryMessagesBothWays) {
  open();
  EXPECT_FALSE(link->send(FromNode{})) << "the link is not up yet";
  ASSERT_TRUE(wait_for_link(1));
  service.welcome();
  ASSERT_TRUE(run_until(loop, [&] { return got.size() == 1; }));
  EXPECT_EQ(got.front().body_case(), ToNode::kWelcome);
  FromNode pong;
  pong.mutable_pong();
  EXPECT_TRUE(link->send(pong));
  service.wait_for(FromNode::kPong);
  EXPECT_EQ(link->counters().messages_in, 1U);
  EXPECT_EQ(link->counters().messages_out, 1U);
}

TEST_F(ControlLinks, ComeUpAgainAfterTheServiceWasAway) {
  open();
  ASSERT_TRUE(wait_for_link(1));
  service.welcome();
  ASSERT_TRUE(run_until(loop, [&] { return got.size() == 1; }));
  service.stop();
  ASSERT_TRUE(run_until(loop, [&] { return downs == 1; }));
  EXPECT_FALSE(link->is_up());
  service.start();
  ASSERT_TRUE(wait_for_link(2));
  EXPECT_EQ(downs, 1U);
}

TEST_F(ControlLinks, AreDeadAfterSilence) {
  open(milliseconds(30));
  ASSERT_TRUE(wait_for_link(1));
  ASSERT_TRUE(run_until(loop, [&] { return downs >= 1; }));
  ASSERT_TRUE(run_until(loop, [&] { return ups >= 2; }));
}

TEST_F(ControlLinks, AnswerAMessageOverALimitAndGoOn) {
  open();
  ASSERT_TRUE(wait_for_link(1));
  ToNode bad;
  bad.set_request_id(42);
  bad.mutable_add_peer()->set_peer_id(1);
  bad.mutable_add_peer()->mutable_offer()->set_ice_ufrag("abc");
  service.send(bad);
  const FromNode answer = service.wait_for(FromNode::kError);
  EXPECT_EQ(answer.request_id(), 42U);
  EXPECT_EQ(answer.error().code(), NodeError::LIMIT_EXCEEDED);
  EXPECT_THAT(answer.error().message(), ::testing::HasSubstr("ice_ufrag"));
  EXPECT_TRUE(got.empty());
  EXPECT_EQ(link->counters().refused_messages, 1U);
  service.welcome();
  EXPECT_TRUE(run_until(loop, [&] { return got.size() == 1; }));
  EXPECT_EQ(downs, 0U);
}

TEST_F(ControlLinks, EndAfterBytesThatAreNoMessage) {
  open();
  ASSERT_TRUE(wait_for_link(1));
  service.send_raw(as_bytes("\xff\xff\xff\xff"));
  EXPECT_TRUE(run_until(loop, [&] { return downs == 1 && ups == 2; }));
  EXPECT_TRUE(got.empty());
}

TEST_F(ControlLinks, DeliverNothingWhilePaused) {
  open();
  ASSERT_TRUE(wait_for_link(1));
  link->pause();
  service.welcome();
  FromNode pong;
  pong.mutable_pong();
  EXPECT_TRUE(link->send(pong));
  service.wait_for(FromNode::kPong);
  EXPECT_TRUE(got.empty());
  link->resume();
  EXPECT_TRUE(run_until(loop, [&] { return got.size() == 1; }));
}

TEST_F(ControlLinks, UseRenewedCertificatesForTheNextConnection) {
  files = pki.issue("node-1", test::TestPki::Validity::expired);
  open();
  // The service refuses it in TLS 1.3 only after our handshake is over.
  ASSERT_TRUE(run_until(loop, [&] { return downs >= 1; }));
  EXPECT_EQ(service.links(), 0U);
  pki.issue("node-1");  // the same files
  ASSERT_TRUE(link->renew_certificates().has_value());
  EXPECT_TRUE(run_until(loop, [&] { return service.links() == 1; }));
}

TEST_F(ControlLinks, KeepTheOldCertificatesWhenTheNewOnesAreBroken) {
  open();
  ASSERT_TRUE(wait_for_link(1));
  std::filesystem::remove(files.key_file);
  const auto renewed = link->renew_certificates();
  ASSERT_FALSE(renewed.has_value());
  EXPECT_EQ(renewed.error().code, ErrorCode::not_found);
  service.cut();
  EXPECT_TRUE(wait_for_link(2));
}

TEST_F(ControlLinks, StayDownOnceClosed) {
  open();
  ASSERT_TRUE(wait_for_link(1));
  link->close();
  ASSERT_TRUE(run_until(loop, [&] { return !service.has_link(); }));
  EXPECT_FALSE(link->is_up());
  EXPECT_EQ(downs, 0U);
}

}  // namespace
}  // namespace parley::sfu
