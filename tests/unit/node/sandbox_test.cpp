// Each test asks a child process that has entered the sandbox for one thing; what a node needs of
// the kernel is shown by program_test, whose nodes all run inside.
#include "sfu/node/sandbox.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <thread>

#include "net/clock.hpp"
#include "net/loop.hpp"
#include "net/timer.hpp"
#include "net/udp_port.hpp"
#include "tests/support/temporary_directory.hpp"

namespace parley::sfu {
namespace {

constexpr int kKept = 0;
constexpr int kNotInside = 90;

class Sandbox : public testing::Test {
 protected:
  void SetUp() override {
    if (!kSandboxFits) GTEST_SKIP() << "sanitizers ask the kernel for more";
  }

  // Runs in the child: its exit code is the answer of `work`.
  [[noreturn]] static void ask(const std::function<int()>& work) {
    if (const auto entered = enter_sandbox(); !entered) {
      std::fprintf(stderr, "%s\n", entered.error().message.c_str());
      _exit(kNotInside);
    }
    _exit(work());
  }
  static void expect_death(const std::function<int()>& work) {
    EXPECT_EXIT(ask(work), testing::KilledBySignal(SIGSYS), "");
  }
  static void expect_answer(int code, const std::function<int()>& work) {
    EXPECT_EXIT(ask(work), testing::ExitedWithCode(code), "");
  }
};

TEST_F(Sandbox, StartsNoProgram) {
  expect_death([] { return execl("/bin/true", "true", nullptr); });
}

TEST_F(Sandbox, StartsNoProcess) {
  expect_death([] { return fork() == 0 ? 1 : 2; });
  expect_death([] { return std::system("true"); });
}

TEST_F(Sandbox, TracesAndSignalsNobody) {
  expect_death([] { return static_cast<int>(ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); });
  expect_death([] { return kill(getppid(), 0); });
}

TEST_F(Sandbox, ReadsFilesAndWritesNone) {
  const test::TemporaryDirectory directory;
  const std::string file = directory.path() / "new";
  expect_answer(kKept, [] { return open("/etc/hostname", O_RDONLY) >= 0 ? kKept : 1; });
  expect_death([&] { return open(file.c_str(), O_WRONLY | O_CREAT, 0600); });
  expect_death([&] { return open(file.c_str(), O_RDONLY | O_CREAT, 0600); });
  expect_death([] { return open("/etc/hostname", O_RDWR); });
  expect_death([] { return open("/tmp", O_TMPFILE | O_WRONLY, 0600); });
  expect_death([&] { return unlink(file.c_str()); });
  EXPECT_NE(access(file.c_str(), F_OK), 0);
}

TEST_F(Sandbox, OpensNoRawSocket) {
  expect_death([] { return socket(AF_PACKET, SOCK_RAW, 0); });
}

TEST_F(Sandbox, HasNoMemoryToWriteCodeTo) {
  const auto refused = [](int protection) {
    void* const page = mmap(nullptr, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED && errno == EPERM;
  };
  expect_answer(kKept, [&] { return refused(PROT_READ | PROT_WRITE | PROT_EXEC) ? kKept : 1; });
  expect_answer(kKept, [&] { return refused(PROT_READ | PROT_WRITE) ? 1 : kKept; });
}

TEST_F(Sandbox, HoldsThreadsThatWereThereBefore) {
  EXPECT_EXIT(
      {
        int pipe_ends[2];
        if (pipe(pipe_ends) != 0) _exit(1);
        std::thread before([&] {
          char byte = 0;
          if (read(pipe_ends[0], &byte, 1) == 1) execl("/bin/true", "true", nullptr);
          _exit(2);
        });
        ask([&] {
          if (write(pipe_ends[1], "x", 1) != 1) return 1;
          before.join();
          return 3;
        });
      },
      testing::KilledBySignal(SIGSYS), "");
}

TEST_F(Sandbox, LetsThreadsBeMade) {
  expect_answer(kKept, [] {
    int answer = 1;
    std::thread([&] { answer = kKept; }).join();
    return answer;
  });
}

// Equal datagrams to one receiver leave joined (UDP_SEGMENT).
TEST_F(Sandbox, LetsALoopCarryDatagrams) {
  expect_answer(kKept, [] {
    constexpr std::size_t kDatagrams = 8;
    net::Loop loop;
    std::size_t received = 0;
    const Endpoint any{.address = IpAddress::parse("127.0.0.1").value()};
    const auto receiver =
        net::UdpPort::open(loop, {.bind = any}, [&](std::span<net::Datagram> batch, Now) {
          received += batch.size();
          if (received == kDatagrams) loop.stop();
        });
    const auto sender = net::UdpPort::open(loop, {.bind = any}, {});
    net::Timer limit(loop, [&] { loop.stop(); });
    limit.arm(net::read_monotonic() + std::chrono::seconds(10));
    PacketBatch batch(1U << 16, 64);
    for (std::size_t i = 0; i < kDatagrams; ++i) {
      batch.push({.remote = (*receiver)->local_endpoint()}, as_bytes("equal datagrams"));
    }
    (*sender)->flush(batch);
    loop.run();
    return received == kDatagrams ? kKept : 1;
  });
}

}  // namespace
}  // namespace parley::sfu
