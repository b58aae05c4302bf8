// The PostgreSQL engine on a real loop with a real clock.
#include "signaling/server/store_driver.hpp"

#include <gtest/gtest.h>

#include "tests/support/seeded_random.hpp"
#include "tests/unit/net/wait.hpp"
#include "tests/unit/store/postgres_server.hpp"
#include "tests/unit/store/sample_rows.hpp"

namespace parley::signaling {
namespace {

using namespace parley::test;

class Driver : public testing::Test {
 protected:
  void SetUp() override {
    auto opened =
        StoreDriver::open(loop_, server_.conninfo(database_), random_, [this] { ++told_; });
    ASSERT_TRUE(opened) << opened.error().message;
    driver_ = std::move(*opened);
  }
  PostgresEngine& engine() { return driver_->engine(); }

  PostgresServer& server_ = PostgresServer::shared();
  std::string database_ = server_.create_database();
  net::Loop loop_;
  SeededRandom random_{1};
  int told_ = 0;
  std::unique_ptr<StoreDriver> driver_;
};

TEST_F(Driver, WritesOnALoop) {
  for (std::int64_t id = 1; id <= 3; ++id) {
    const auto number = engine().commit({put_event(event_row(id))}, Durability::synced);
    ASSERT_TRUE(run_until(loop_, [&] { return engine().committed() == number.value(); }));
  }
  EXPECT_EQ(told_, 3);
}

TEST_F(Driver, ConnectsAgain) {
  server_.stop();
  ASSERT_TRUE(run_until(loop_, [&] { return !engine().is_available(); }));
  ASSERT_TRUE(engine().commit({put_event(event_row(1))}, Durability::lazy));
  server_.start();
  ASSERT_TRUE(run_until(loop_, [&] { return engine().committed() == 1; }));
  EXPECT_TRUE(engine().is_available());
}

TEST_F(Driver, EndsInTheMiddleOfATransaction) {
  ASSERT_TRUE(engine().commit({put_event(event_row(1))}, Durability::synced));
  loop_.poll();
  driver_.reset();
}

TEST_F(Driver, SaysWhyItCannotStart) {
  const auto second = StoreDriver::open(loop_, server_.conninfo(database_), random_, [] {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::failed_precondition);
}

}  // namespace
}  // namespace parley::signaling
