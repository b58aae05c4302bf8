// The engine against a real node in this process, and the bare limit. Counts, never times.
#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <thread>

#include "client/load/handshakes.hpp"
#include "client/load/limit_target.hpp"
#include "client/load/load_engine.hpp"
#include "client/load/parley_target.hpp"
#include "net/waker.hpp"
#include "sfu/node/node.hpp"
#include "tests/unit/net/test_pki.hpp"

namespace parley::client {
namespace {

using std::chrono::milliseconds;

// A media node on a thread of its own.
class RunningNode {
 public:
  RunningNode(const net::TlsFiles& files, std::uint16_t control_port) {
    config::NodeConfig config;
    config.control.host = "127.0.0.1";
    config.control.port = control_port;
    config.control.server_name = "signaling";
    config.control.ca_file = files.ca_file;
    config.control.certificate_file = files.certificate_file;
    config.control.key_file = files.key_file;
    config.media.base_port = 0;
    node_ = sfu::Node::start(loop_, config).value();
    thread_ = std::thread([this] { loop_.run(); });
  }
  RunningNode(const RunningNode&) = delete;
  RunningNode& operator=(const RunningNode&) = delete;
  ~RunningNode() {
    stop_.wake();
    thread_.join();
  }

 private:
  net::Loop loop_;
  net::Waker stop_{loop_, [this] { loop_.stop(); }};
  std::unique_ptr<sfu::Node> node_;
  std::thread thread_;
};

EngineOptions options() {
  EngineOptions options;
  options.ears.sample = 1;
  options.server_pid = getpid();
  return options;
}

WindowPlan half_a_second() {
  WindowPlan plan;
  plan.rooms = {0};
  plan.duration = milliseconds(500);
  plan.warm_up = milliseconds(100);
  return plan;
}

class Loads : public ::testing::Test {
 protected:
  void SetUp() override {
    pki.issue("signaling");
    target = ParleyTarget::create({{"pki", pki.directory().string()}}).value();
    node = std::make_unique<RunningNode>(pki.issue("node"), target->control_port());
    const auto started = target->start();
    ASSERT_TRUE(started.has_value()) << started.error().message;
  }

  test::TestPki pki;
  std::unique_ptr<ParleyTarget> target;
  std::unique_ptr<RunningNode> node;
};

TEST_F(Loads, HearEveryPacketThatARealNodeForwards) {
  LoadEngine engine(*target, options());
  const auto joined = engine.join({.talkers = 1, .listeners = 3});
  ASSERT_TRUE(joined.has_value()) << joined.error().message;
  EXPECT_EQ(joined->joined, 4U);
  EXPECT_EQ(joined->failed, 0U) << target->failure();
  const auto window = engine.window(half_a_second());
  ASSERT_TRUE(window.has_value()) << window.error().message;
  EXPECT_EQ(window->sent, 25U);
  EXPECT_EQ(window->expected, 75U);
  EXPECT_EQ(window->forwarded + window->late_copies, 75U);
  EXPECT_EQ(window->ears.duplicated, 0U);
  EXPECT_EQ(window->ears.corrupt, 0U);
  EXPECT_EQ(window->ears.verified, window->ears.received);
  EXPECT_EQ(window->delay.count, window->ears.verified) << "all three are probes";
  EXPECT_GT(window->cpu.run_ns, 0U);
}

TEST_F(Loads, LetTalkersHearEachOtherAndLosePacketsOnPurpose) {
  LoadEngine engine(*target, options());
  ASSERT_TRUE(engine.join({.talkers = 2, .listeners = 1}).has_value());
  WindowPlan plan = half_a_second();
  plan.loss = 0.5;
  const auto window = engine.window(plan);
  ASSERT_TRUE(window.has_value()) << window.error().message;
  EXPECT_LT(window->sent, 50U);
  EXPECT_GT(window->sent, 0U);
  EXPECT_EQ(window->expected, window->sent * 2) << "the listener and the other talker";
  EXPECT_EQ(window->forwarded + window->late_copies, window->expected);
}

TEST_F(Loads, KeepARunningTalkWholeWhileOthersJoinIt) {
  LoadEngine engine(*target, options());
  ASSERT_TRUE(engine.join({.talkers = 1, .listeners = 2}).has_value());
  const auto joined = engine.join({.room = 0, .listeners = 8, .at_once = 8, .talking_rate = 50});
  ASSERT_TRUE(joined.has_value()) << joined.error().message;
  EXPECT_EQ(joined->joined, 8U);
  EXPECT_EQ(joined->first_voice.count, 8U);
  EXPECT_GT(joined->talk_expected, 0U);
  EXPECT_EQ(joined->talk_lost, 0U);
}

TEST_F(Loads, SayWhatCannotBeMeasured) {
  LoadEngine engine(*target, options());
  EXPECT_FALSE(engine.window(half_a_second()).has_value()) << "nobody has joined";
  ASSERT_TRUE(engine.join({.talkers = 0, .listeners = 1}).has_value());
  EXPECT_FALSE(engine.window(half_a_second()).has_value()) << "nobody talks";
  EXPECT_FALSE(engine.join({.room = 7, .listeners = 1}).has_value());
}

TEST(BareLimits, SendEveryPacketToEverySink) {
  auto target = LimitTarget::create({}).value();
  ASSERT_TRUE(target->start().has_value());
  LoadEngine engine(*target, options());
  ASSERT_TRUE(engine.join({.talkers = 2, .listeners = 5}).has_value());
  const auto window = engine.window(half_a_second());
  ASSERT_TRUE(window.has_value()) << window.error().message;
  EXPECT_EQ(window->sent, 50U);
  EXPECT_EQ(window->expected, 250U);
  EXPECT_EQ(window->forwarded + window->late_copies, 250U);
  EXPECT_EQ(window->ears.corrupt, 0U);
  EXPECT_EQ(window->ears.verified, window->ears.received);
}

TEST(Handshakes, AreMeasuredOnBothSides) {
  const auto report = measure_handshakes(3, sfu::SrtpProfile::aead_aes_128_gcm);
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_EQ(report->count, 3U);
  EXPECT_GT(report->server.count(), 0);
  EXPECT_GT(report->client.count(), 0);
}

}  // namespace
}  // namespace parley::client
