// The door for parley-admin: who may come in, and one answer for each request, in order.
#include "signaling/server/admin_socket.hpp"

#include <grp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "net/unix_client.hpp"
#include "protocol/limits.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/unit/net/wait.hpp"

namespace parley::signaling {
namespace {

using net::UnixClient;
using test::run_until;

constexpr std::chrono::seconds kTimeout{20};
constexpr uid_t kNobody = 65534;

struct Door {
  Door()
      : socket(AdminSocket::start(
                   loop, file,
                   [this](AdminRequestId id, const admin::Request& request) {
                     on_request(id, request);
                   },
                   [this](std::string_view reason) { refused.emplace_back(reason); })
                   .value()) {}

  void on_request(AdminRequestId id, const admin::Request& request) {
    asked.push_back(id);
    if (answers_at_once) socket->answer(id, echo(request));
  }
  // Shows which request was answered.
  static admin::Answer echo(const admin::Request& request) {
    admin::Answer answer;
    answer.mutable_user()->set_name(request.show_user().user().name());
    return answer;
  }
  void serve(const std::function<void()>& work) { EXPECT_TRUE(test::serve(loop, work)); }

  test::TemporaryDirectory directory;
  std::filesystem::path file = directory.path() / "admin.sock";
  net::Loop loop;
  bool answers_at_once = true;
  std::vector<AdminRequestId> asked;
  std::vector<std::string> refused;
  std::unique_ptr<AdminSocket> socket;
};

admin::Request question(const std::string& name) {
  admin::Request request;
  request.mutable_show_user()->mutable_user()->set_name(name);
  return request;
}

admin::Answer ask(UnixClient& client, const std::string& bytes) {
  const auto answer = client.exchange(as_bytes(bytes), protocol::kMaxAdminMessage);
  EXPECT_TRUE(answer.has_value()) << (answer ? "" : answer.error().message);
  admin::Answer parsed;
  if (!answer) return parsed;
  EXPECT_TRUE(parsed.ParseFromArray(answer->data(), static_cast<int>(answer->size())));
  return parsed;
}

TEST(AdminSocket, AnswersEachRequestOnItsConnection) {
  Door door;
  door.serve([&] {
    auto first = UnixClient::connect(door.file, kTimeout).value();
    auto second = UnixClient::connect(door.file, kTimeout).value();
    EXPECT_EQ(ask(first, question("a").SerializeAsString()).user().name(), "a");
    EXPECT_EQ(ask(second, question("b").SerializeAsString()).user().name(), "b");
    EXPECT_EQ(ask(first, question("c").SerializeAsString()).user().name(), "c");
  });
  ASSERT_EQ(door.asked.size(), 3U);
  EXPECT_NE(door.asked[0], door.asked[2]);
}

TEST(AdminSocket, RefusesWhatIsNoRequestAndGoesOn) {
  Door door;
  door.serve([&] {
    auto client = UnixClient::connect(door.file, kTimeout).value();
    EXPECT_EQ(ask(client, "\xff\xff").refused().code(), "invalid_argument");
    const admin::Answer refused = ask(client, question(std::string(65, 'x')).SerializeAsString());
    EXPECT_NE(refused.refused().sentence().find("64"), std::string::npos);
    EXPECT_EQ(ask(client, question("a").SerializeAsString()).user().name(), "a");
  });
  EXPECT_EQ(door.asked.size(), 1U);
}

TEST(AdminSocket, TellsTheNinthThatItIsTooMuch) {
  Door door;
  door.serve([&] {
    std::vector<UnixClient> clients;
    for (std::size_t i = 0; i < AdminSocket::kMaxConnections; ++i) {
      clients.push_back(UnixClient::connect(door.file, kTimeout).value());
      EXPECT_EQ(ask(clients.back(), question("a").SerializeAsString()).user().name(), "a");
    }
    auto ninth = UnixClient::connect(door.file, kTimeout).value();
    EXPECT_EQ(ask(ninth, question("a").SerializeAsString()).refused().code(), "resource_exhausted");
  });
  EXPECT_EQ(door.refused, std::vector<std::string>{"too many connections"});
  bool is_served = false;  // as soon as it has noticed that the eight are gone
  for (int tries = 0; tries < 100 && !is_served; ++tries) {
    door.serve([&] {
      auto again = UnixClient::connect(door.file, kTimeout).value();
      is_served = ask(again, question("a").SerializeAsString()).has_user();
    });
  }
  EXPECT_TRUE(is_served);
}

TEST(AdminSocket, ForgetsWhoDidNotWait) {
  Door door;
  door.answers_at_once = false;
  {
    auto client = UnixClient::connect(door.file, kTimeout).value();
    std::thread asking([&] {
      (void)client.exchange(as_bytes(question("a").SerializeAsString()), 100);  // ends below
    });
    EXPECT_TRUE(run_until(door.loop, [&] { return door.asked.size() == 1; }));
    door.socket->answer({.value = 77}, {});  // nobody's
    door.socket->answer(door.asked[0], Door::echo(question("a")));
    asking.join();
  }
  door.socket->answer(door.asked[0], Door::echo(question("a")));
  door.answers_at_once = true;
  door.serve([&] {
    auto client = UnixClient::connect(door.file, kTimeout).value();
    EXPECT_EQ(ask(client, question("b").SerializeAsString()).user().name(), "b");
  });
}

TEST(AdminSocket, RefusesAnAnswerThatIsTooLong) {
  Door door;
  door.answers_at_once = false;
  admin::Answer long_answer;
  long_answer.mutable_user()->set_name(std::string(protocol::kMaxAdminMessage, 'x'));
  std::thread asking([&] {
    auto client = UnixClient::connect(door.file, kTimeout).value();
    EXPECT_EQ(ask(client, question("a").SerializeAsString()).refused().code(),
              "resource_exhausted");
  });
  EXPECT_TRUE(run_until(door.loop, [&] { return door.asked.size() == 1; }));
  door.socket->answer(door.asked[0], long_answer);
  asking.join();
}

TEST(AdminSocket, IsForRootAndTheServicesOwnUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can be somebody else";
  Door door;
  ASSERT_EQ(::chmod(door.file.c_str(), 0666), 0);
  ASSERT_EQ(::chmod(door.directory.path().c_str(), 0755), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const bool is_nobody = ::setgroups(0, nullptr) == 0 && ::setuid(kNobody) == 0;
    auto client = UnixClient::connect(door.file, kTimeout);
    const bool is_closed = client && !client->exchange(as_bytes("x"), 100);
    ::_exit(is_nobody && is_closed ? 0 : 1);
  }
  EXPECT_TRUE(run_until(door.loop, [&] { return !door.refused.empty(); }));
  door.loop.poll();  // the close leaves
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(door.refused, std::vector<std::string>{"user 65534 may not administer"});
  EXPECT_TRUE(door.asked.empty());
}

}  // namespace
}  // namespace parley::signaling
