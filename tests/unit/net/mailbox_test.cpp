#include "net/mailbox.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/net/wait.hpp"

namespace parley::net {
namespace {

TEST(Mailbox, DeliversInTheOrderOfPosting) {
  Loop loop;
  std::vector<std::string> got;
  Mailbox<std::string> mailbox(loop, 10, [&](std::string text) { got.push_back(std::move(text)); });
  EXPECT_TRUE(mailbox.post("one"));
  EXPECT_TRUE(mailbox.post("two"));
  ASSERT_TRUE(test::run_until(loop, [&] { return got.size() == 2; }));
  EXPECT_EQ(got, (std::vector<std::string>{"one", "two"}));
}

TEST(Mailbox, RefusesOneMoreThanItsCapacityAndLeavesTheValueWithTheSender) {
  Loop loop;
  std::vector<std::string> got;
  Mailbox<std::string> mailbox(loop, 2, [&](std::string text) { got.push_back(std::move(text)); });
  EXPECT_TRUE(mailbox.post("one"));
  EXPECT_TRUE(mailbox.post("two"));
  std::string third = "three, long enough to lie on the heap";
  EXPECT_FALSE(mailbox.post(std::move(third)));
  EXPECT_EQ(third, "three, long enough to lie on the heap");
  ASSERT_TRUE(test::run_until(loop, [&] { return got.size() == 2; }));
  EXPECT_TRUE(mailbox.post(std::move(third)));
  ASSERT_TRUE(test::run_until(loop, [&] { return got.size() == 3; }));
}

TEST(Mailbox, SaysWhenADeliveryIsOver) {
  Loop loop;
  std::vector<std::string> got;
  Mailbox<std::string> mailbox(
      loop, 10, [&](std::string&& text) { got.push_back(std::move(text)); },
      [&] { got.emplace_back("end"); });
  EXPECT_TRUE(mailbox.post("one"));
  EXPECT_TRUE(mailbox.post("two"));
  ASSERT_TRUE(test::run_until(loop, [&] { return got.size() >= 3; }));
  EXPECT_TRUE(mailbox.post("three"));
  ASSERT_TRUE(test::run_until(loop, [&] { return got.size() >= 5; }));
  EXPECT_EQ(got, (std::vector<std::string>{"one", "two", "end", "three", "end"}));
}

TEST(Mailbox, WhatIsPostedDuringADeliveryComesWithTheNext) {
  Loop loop;
  std::vector<std::string> got;
  std::unique_ptr<Mailbox<std::string>> mailbox;
  mailbox = std::make_unique<Mailbox<std::string>>(
      loop, 10,
      [&](const std::string& text) {
        if (text == "first") {
          EXPECT_TRUE(mailbox->post("second"));
        }
        got.push_back(text);
      },
      [&] { got.emplace_back("end"); });
  EXPECT_TRUE(mailbox->post("first"));
  ASSERT_TRUE(test::run_until(loop, [&] { return got.size() >= 4; }));
  EXPECT_EQ(got, (std::vector<std::string>{"first", "end", "second", "end"}));
}

TEST(Mailbox, CarriesEveryValueOfSeveralThreads) {
  constexpr int kSenders = 3;
  constexpr int kEach = 5'000;
  Loop loop;
  std::vector<int> next(kSenders, 0);
  int received = 0;
  bool in_order = true;
  Mailbox<std::pair<int, int>> mailbox(loop, 64, [&](std::pair<int, int> value) {
    auto& expected = next[static_cast<std::size_t>(value.first)];
    in_order = in_order && value.second == expected;
    ++expected;
    ++received;
  });
  std::vector<std::thread> senders;
  for (int sender = 0; sender < kSenders; ++sender) {
    senders.emplace_back([&mailbox, sender] {
      for (int i = 0; i < kEach; ++i) {
        while (!mailbox.post({sender, i})) std::this_thread::yield();
      }
    });
  }
  EXPECT_TRUE(test::run_until(loop, [&] { return received == kSenders * kEach; }));
  for (std::thread& sender : senders) sender.join();
  EXPECT_TRUE(in_order);
}

}  // namespace
}  // namespace parley::net
