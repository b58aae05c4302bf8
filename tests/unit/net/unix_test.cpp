// Both ends of a UNIX socket: frames, who connects, and what is left behind.
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "net/unix_address.hpp"
#include "net/unix_client.hpp"
#include "net/unix_listener.hpp"
#include "net/unix_stream.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/unit/net/wait.hpp"

namespace parley::net {
namespace {

using test::run_until;

constexpr std::chrono::seconds kTimeout{20};
constexpr std::size_t kMost = 1024 * 1024;
constexpr uid_t kNobody = 65534;

// A listener that echoes each message, from the newest connection only.
struct Echo {
  explicit Echo(UnixStreamOptions options = {})
      : listener(UnixListener::open(loop, file, [this, options](UnixSocket socket) {
                   users.push_back(socket.user);
                   stream = std::make_unique<UnixStream>(std::move(socket), options, handlers());
                 }).value()) {}

  UnixStreamHandlers handlers() {
    return {.on_message =
                [this](Bytes message) {
                  got.emplace_back(as_text(message));
                  if (echoes) stream->send(message);
                },
            .on_closed = [this](std::string_view reason) { closed = std::string(reason); }};
  }
  void serve(const std::function<void()>& work) { EXPECT_TRUE(test::serve(loop, work)); }

  test::TemporaryDirectory directory;
  std::filesystem::path file = directory.path() / "made" / "x.sock";
  Loop loop;
  bool echoes = true;
  std::vector<std::string> got;
  std::vector<uid_t> users;
  std::optional<std::string> closed;
  std::unique_ptr<UnixStream> stream;
  std::unique_ptr<UnixListener> listener;
};

mode_t mode_of(const std::filesystem::path& file) {
  struct stat found{};
  EXPECT_EQ(::lstat(file.c_str(), &found), 0) << file;
  return found.st_mode & 07777;
}

ErrorCode code_of_opening(const std::filesystem::path& file) {
  Loop loop;
  const auto listener = UnixListener::open(loop, file, [](UnixSocket) {});
  EXPECT_FALSE(listener.has_value());
  return listener ? ErrorCode::io : listener.error().code;
}

// A socket whose process is gone.
void leave_behind(const std::filesystem::path& file) {
  const Descriptor socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  const sockaddr_un address = to_unix_address(file).value();
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
}

TEST(UnixSocket, AnswersMessagesOfEverySizeInOrder) {
  Echo echo({.max_message_bytes = kMost, .max_queued_bytes = 2 * kMost});
  echo.serve([&] {
    auto client = UnixClient::connect(echo.file, kTimeout).value();
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{70'000}, kMost}) {
      const std::string message(size, 'm');
      const auto answer = client.exchange(as_bytes(message), kMost);
      ASSERT_TRUE(answer.has_value()) << answer.error().message;
      EXPECT_EQ(as_text(*answer), message);
    }
  });
  EXPECT_EQ(echo.got.size(), 4U);
  EXPECT_EQ(echo.users, std::vector<uid_t>{::geteuid()});
}

TEST(UnixSocket, IsForItsOwnerOnly) {
  const Echo echo;
  EXPECT_EQ(mode_of(echo.file), 0600U);
  EXPECT_EQ(mode_of(echo.file.parent_path()), 0700U);
}

TEST(UnixSocket, KnowsWhoConnects) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can be somebody else";
  Echo echo;
  ASSERT_EQ(::chmod(echo.file.c_str(), 0666), 0);
  ASSERT_EQ(::chmod(echo.file.parent_path().c_str(), 0755), 0);
  ASSERT_EQ(::chmod(echo.directory.path().c_str(), 0755), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const bool is_nobody = ::setgroups(0, nullptr) == 0 && ::setuid(kNobody) == 0;
    const auto client = UnixClient::connect(echo.file, kTimeout);
    ::_exit(is_nobody && client ? 0 : 1);
  }
  EXPECT_TRUE(run_until(echo.loop, [&] { return !echo.users.empty(); }));
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(echo.users, std::vector<uid_t>{kNobody});
}

TEST(UnixSocket, ReplacesWhatADeadProcessHasLeft) {
  const test::TemporaryDirectory directory;
  const std::filesystem::path file = directory.path() / "x.sock";
  leave_behind(file);
  Loop loop;
  auto listener = UnixListener::open(loop, file, [](UnixSocket) {});
  ASSERT_TRUE(listener.has_value()) << listener.error().message;
  EXPECT_TRUE(UnixClient::connect(file, kTimeout).has_value());
  listener->reset();
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST(UnixSocket, RefusesAPlaceThatIsNotItsOwn) {
  const Echo echo;
  EXPECT_EQ(code_of_opening(echo.file), ErrorCode::failed_precondition) << "in use";
  EXPECT_TRUE(std::filesystem::exists(echo.file));
  const auto text = echo.directory.path() / "text";
  std::ofstream(text) << "kept";
  EXPECT_EQ(code_of_opening(text), ErrorCode::failed_precondition) << "no socket";
  EXPECT_TRUE(std::filesystem::exists(text));
  EXPECT_EQ(code_of_opening(echo.directory.path() / std::string(120, 'x')),
            ErrorCode::invalid_argument);
  EXPECT_EQ(code_of_opening(text / "below" / "x.sock"), ErrorCode::io);
  ASSERT_EQ(::chmod(echo.directory.path().c_str(), 0777), 0);
  EXPECT_EQ(code_of_opening(echo.directory.path() / "y.sock"), ErrorCode::failed_precondition);
}

TEST(UnixStream, EndsAPeerWhoseMessageIsTooLong) {
  Echo echo({.max_message_bytes = 10, .max_queued_bytes = 100});
  echo.serve([&] {
    auto client = UnixClient::connect(echo.file, kTimeout).value();
    EXPECT_TRUE(client.exchange(as_bytes("0123456789"), 10).has_value());
    const auto refused = client.exchange(as_bytes("0123456789a"), 10);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  });
  EXPECT_EQ(echo.closed, "a message is longer than 10 bytes");
  EXPECT_FALSE(echo.stream->send(as_bytes("too late")));
}

TEST(UnixStream, WaitsWhileItIsPaused) {
  Echo echo;
  echo.serve([&] {
    auto client = UnixClient::connect(echo.file, kTimeout).value();
    EXPECT_TRUE(client.exchange(as_bytes("first"), 10).has_value());
  });
  Echo paused;
  paused.echoes = false;
  const Descriptor client(::socket(AF_UNIX, SOCK_STREAM, 0));
  const sockaddr_un address = to_unix_address(paused.file).value();
  ASSERT_EQ(::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
            0);
  ASSERT_TRUE(run_until(paused.loop, [&] { return paused.stream != nullptr; }));
  paused.stream->pause_reading();
  constexpr std::string_view kTwo{"\0\0\0\1a\0\0\0\1b", 10};
  ASSERT_EQ(::send(client.get(), kTwo.data(), kTwo.size(), 0), 10);
  paused.loop.poll();
  EXPECT_TRUE(paused.got.empty());
  paused.stream->resume_reading();
  EXPECT_TRUE(run_until(paused.loop, [&] { return paused.got.size() == 2; }));
}

TEST(UnixStream, EndsAPeerThatDoesNotRead) {
  Echo echo({.max_message_bytes = kMost, .max_queued_bytes = kMost});
  echo.echoes = false;
  const auto client = UnixClient::connect(echo.file, kTimeout).value();
  ASSERT_TRUE(run_until(echo.loop, [&] { return echo.stream != nullptr; }));
  const std::string message(kMost / 4, 'm');
  int sent = 0;
  while (sent < 100 && echo.stream->send(as_bytes(message))) ++sent;
  EXPECT_LT(sent, 100);
  EXPECT_FALSE(echo.closed.has_value()) << "never from within send()";
  EXPECT_TRUE(run_until(echo.loop, [&] { return echo.closed.has_value(); }));
  EXPECT_EQ(echo.closed, "the peer does not read");
}

TEST(UnixStream, MayBeDestroyedByItsHandler) {
  Echo echo;
  echo.serve([&] {
    auto client = UnixClient::connect(echo.file, kTimeout).value();
    EXPECT_TRUE(client.exchange(as_bytes("a"), 10).has_value());
  });
  EXPECT_TRUE(run_until(echo.loop, [&] { return echo.closed.has_value(); }));
  EXPECT_EQ(echo.closed, "closed by the peer");

  const test::TemporaryDirectory directory;
  Loop loop;
  bool was_asked = false;
  std::unique_ptr<UnixStream> stream;
  const auto listener =
      UnixListener::open(loop, directory.path() / "x.sock", [&](UnixSocket socket) {
        stream = std::make_unique<UnixStream>(std::move(socket), UnixStreamOptions{},
                                              UnixStreamHandlers{.on_message =
                                                                     [&](Bytes) {
                                                                       was_asked = true;
                                                                       stream.reset();
                                                                     },
                                                                 .on_closed = {}});
      }).value();
  std::thread asking([&] {
    auto client = UnixClient::connect(directory.path() / "x.sock", kTimeout).value();
    EXPECT_EQ(client.exchange(as_bytes("a"), 10).error().code, ErrorCode::unavailable);
  });
  EXPECT_TRUE(run_until(loop, [&] { return was_asked; }));
  loop.poll();  // the close leaves
  asking.join();
}

TEST(UnixClient, SaysThatNobodyListens) {
  const test::TemporaryDirectory directory;
  const auto file = directory.path() / "x.sock";
  EXPECT_EQ(UnixClient::connect(file, kTimeout).error().code, ErrorCode::unavailable);
  leave_behind(file);
  EXPECT_EQ(UnixClient::connect(file, kTimeout).error().code, ErrorCode::unavailable);
  EXPECT_EQ(UnixClient::connect(std::string(200, 'x'), kTimeout).error().code,
            ErrorCode::invalid_argument);
}

TEST(UnixClient, TakesNoAnswerThatIsTooLong) {
  Echo echo;
  echo.serve([&] {
    auto client = UnixClient::connect(echo.file, kTimeout).value();
    EXPECT_EQ(client.exchange(as_bytes("0123456789a"), 10).error().code,
              ErrorCode::resource_exhausted);
  });
}

}  // namespace
}  // namespace parley::net
