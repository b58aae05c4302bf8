#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <uv.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/clock.hpp"
#include "net/descriptor.hpp"
#include "net/handle.hpp"
#include "net/tcp_listener.hpp"
#include "net/timer.hpp"
#include "net/udp_port.hpp"
#include "sfu/node/sandbox.hpp"
#include "tests/unit/net/wait.hpp"
#include "tests/unit/node/media_client.hpp"
#include "tests/unit/node/test_service.hpp"

namespace parley {
namespace {

using control::FromNode;
using test::MediaClient;
using test::run_until;
using ::testing::HasSubstr;

// Everything that a program writes to one of its outputs.
struct Output {
  net::HandlePtr<uv_pipe_t> pipe{new uv_pipe_t};
  std::array<char, 4096> buffer{};
  std::string text;
  bool is_over = false;

  uv_stdio_container_t open(net::Loop& loop) {
    uv_pipe_init(loop.raw(), pipe.get(), 0);
    pipe->data = this;
    uv_stdio_container_t container{};
    container.flags = static_cast<uv_stdio_flags>(UV_CREATE_PIPE | UV_WRITABLE_PIPE);
    container.data.stream = reinterpret_cast<uv_stream_t*>(pipe.get());
    return container;
  }
  void read() {
    uv_read_start(
        reinterpret_cast<uv_stream_t*>(pipe.get()),
        [](uv_handle_t* handle, std::size_t, uv_buf_t* into) {
          auto& owner = *static_cast<Output*>(handle->data);
          *into = uv_buf_init(owner.buffer.data(), static_cast<unsigned>(owner.buffer.size()));
        },
        [](uv_stream_t* stream, ssize_t count, const uv_buf_t*) {
          auto& owner = *static_cast<Output*>(stream->data);
          if (count > 0) owner.text.append(owner.buffer.data(), static_cast<std::size_t>(count));
          if (count < 0) owner.is_over = true;
        });
  }
};

// As /proc/PID/status names it: 2 is a filter.
constexpr auto kSandboxed = sfu::kSandboxFits ? "2" : "0";

// A port of loopback that nobody uses.
std::uint16_t free_tcp_port() {
  net::Loop loop;
  const Endpoint any{.address = IpAddress::parse("127.0.0.1").value()};
  return net::TcpListener::open(loop, any, {}).value()->local_endpoint().port;
}

std::string scrape(std::uint16_t port) {
  const net::Descriptor socket(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) return {};
  const std::string request = "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  if (::send(socket.get(), request.data(), request.size(), 0) < 0) return {};
  std::string answer;
  std::array<char, 4096> buffer{};
  for (ssize_t got = 0; (got = ::recv(socket.get(), buffer.data(), buffer.size(), 0)) > 0;) {
    answer.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return answer;
}

// A running parley-sfu; killed when it is forgotten.
class Program {
 public:
  Program(net::Loop& loop, std::vector<std::string> arguments)
      : loop_(&loop), process_(new uv_process_t) {
    arguments.insert(arguments.begin(), PARLEY_SFU_PROGRAM);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    std::array<uv_stdio_container_t, 3> outputs = {uv_stdio_container_t{}, out_.open(loop),
                                                   err_.open(loop)};
    uv_process_options_t options{};
    options.file = argv[0];
    options.args = argv.data();
    options.stdio_count = static_cast<int>(outputs.size());
    options.stdio = outputs.data();
    options.exit_cb = [](uv_process_t* process, std::int64_t status, int signal) {
      auto* owner = static_cast<Program*>(process->data);
      if (owner != nullptr) owner->exit_ = signal != 0 ? -signal : static_cast<int>(status);
    };
    EXPECT_EQ(uv_spawn(loop.raw(), process_.get(), &options), 0);
    process_->data = this;
    out_.read();
    err_.read();
  }
  ~Program() {
    if (!exit_) uv_process_kill(process_.get(), SIGKILL);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void signal(int number) { EXPECT_EQ(uv_process_kill(process_.get(), number), 0); }
  // The exit code, a signal's negative number, or nullopt when it did not end in time.
  std::optional<int> wait() {
    EXPECT_TRUE(run_until(*loop_, [this] { return exit_ && out_.is_over && err_.is_over; }));
    return exit_;
  }
  // What /proc says of each of its threads.
  [[nodiscard]] std::vector<std::string> thread_states(std::string_view what) const {
    std::vector<std::string> states;
    const std::string tasks = "/proc/" + std::to_string(process_->pid) + "/task";
    for (const auto& task : std::filesystem::directory_iterator(tasks)) {
      std::ifstream status(task.path() / "status");
      for (std::string line; std::getline(status, line);) {
        if (line.starts_with(std::string(what) + ":\t")) {
          states.push_back(line.substr(what.size() + 2));
        }
      }
    }
    return states;
  }
  [[nodiscard]] bool has_said(std::string_view text) const { return err().contains(text); }
  [[nodiscard]] const std::string& out() const { return out_.text; }
  [[nodiscard]] const std::string& err() const { return err_.text; }

 private:
  net::Loop* loop_;
  std::optional<int> exit_;
  Output out_;
  Output err_;
  net::HandlePtr<uv_process_t> process_;
};

class ParleySfu : public ::testing::Test {
 protected:
  ParleySfu() { pki.issue("node"); }

  // Writes a configuration with this media section and returns its file.
  std::string configure(const std::string& media = "  base_port: 0\n",
                        const std::string& host = "127.0.0.1") {
    std::ofstream(file) << "control:\n"
                        << "  host: " << host << "\n"
                        << "  port: " << service.port() << "\n"
                        << "  ca_file: ca.pem\n"
                        << "  certificate_file: node.pem\n"
                        << "  key_file: node.key\n"
                        << "  server_name: " << test::TestService::kName << "\n"
                        << "media:\n"
                        << media;
    return file;
  }

  // A connected client in room 9.
  void join(std::uint64_t id, MediaClient& client,
            api::Candidate::Protocol protocol = api::Candidate::UDP) {
    control::ToNode add;
    add.set_request_id(1);
    add.mutable_add_peer()->set_peer_id(id);
    add.mutable_add_peer()->set_home_room_id(9);
    *add.mutable_add_peer()->mutable_offer() = client.offer();
    service.send(service.with_ticket(add));
    const auto answer = service.wait_for(FromNode::kPeerAdded).peer_added().answer();
    const auto candidate =
        std::ranges::find(answer.candidates(), protocol, &api::Candidate::protocol);
    ASSERT_NE(candidate, answer.candidates().end());
    client.start(answer, *candidate);
    EXPECT_TRUE(run_until(loop, [&] { return client.dtls_state() == sfu::DtlsState::connected; }));
    control::ToNode enter;
    enter.mutable_join_room()->set_peer_id(id);
    enter.mutable_join_room()->set_room_id(9);
    enter.mutable_join_room()->set_member_id(static_cast<std::uint32_t>(id));
    enter.mutable_join_room()->mutable_rights()->set_may_talk(true);
    service.send(enter);
  }
  bool is_heard(MediaClient& talker, std::string_view words, MediaClient& listener) {
    return run_until(loop, [&] {
      talker.say(words);
      return !listener.heard().empty() && listener.heard().back() == words;
    });
  }

  net::Loop loop;
  test::TestPki pki;
  test::TestService service{loop, pki};
  std::string file = pki.directory() / "parley-sfu.yaml";
};

TEST_F(ParleySfu, EndsWithZeroAfterSigtermAndAfterSigint) {
  for (const int number : {SIGTERM, SIGINT}) {
    Program program(loop, {"--config", configure()});
    service.wait_for(FromNode::kSnapshotEnd);
    program.signal(number);
    EXPECT_EQ(program.wait(), 0) << program.err();
    EXPECT_THAT(program.err(), HasSubstr("media node is closing"));
  }
}

TEST_F(ParleySfu, WritesItsPortsToTheReadyFile) {
  const std::string ready = pki.directory() / "ready";
  Program program(loop, {"--config", configure(), "--ready-file", ready});
  service.wait_for(FromNode::kHello);
  std::string line;
  std::getline(std::ifstream(ready), line);
  EXPECT_THAT(line, ::testing::MatchesRegex("media=[1-9][0-9]* metrics=0"));
  program.signal(SIGTERM);
  EXPECT_EQ(program.wait(), 0);
}

TEST_F(ParleySfu, RenewsItsCertificatesAfterSighupAndGoesOn) {
  Program program(loop, {"--config", configure()});
  service.wait_for(FromNode::kSnapshotEnd);
  program.signal(SIGHUP);
  EXPECT_TRUE(run_until(loop, [&] { return program.has_said("certificates renewed"); }));
  EXPECT_EQ(service.links(), 1U);
  program.signal(SIGTERM);
  EXPECT_EQ(program.wait(), 0);
}

TEST_F(ParleySfu, GoesOnWithoutASignalingService) {
  service.stop();
  Program program(loop, {"--config", configure()});
  EXPECT_TRUE(run_until(loop, [&] { return program.has_said("no link to the signaling"); }));
  program.signal(SIGTERM);
  EXPECT_EQ(program.wait(), 0);
}

// A machine that is moved or suspended stands still for longer than the clients' consent lasts.
// They have spoken meanwhile, and that is heard before they are judged.
TEST_F(ParleySfu, KeepsItsClientsWhenItStoodStillItself) {
  Program program(loop, {"--config", configure("  base_port: 0\n  consent_timeout_ms: 1000\n")});
  service.wait_for(FromNode::kSnapshotEnd);
  service.welcome();
  MediaClient one(loop);
  MediaClient two(loop);
  join(1, one);
  join(2, two);
  ASSERT_TRUE(is_heard(one, "before the pause", two));
  program.signal(SIGSTOP);
  // More than the node reads at once lies before the first sign of life.
  for (int i = 0; i < 2000; ++i) one.say("talking on");
  bool is_over = false;
  net::Timer pause(loop, [&] { is_over = true; });
  pause.arm(net::read_monotonic() + std::chrono::milliseconds(1500));
  EXPECT_TRUE(run_until(loop, [&] { return is_over; }));
  program.signal(SIGCONT);
  EXPECT_TRUE(is_heard(one, "after the pause", two));
  program.signal(SIGTERM);
  EXPECT_EQ(program.wait(), 0);
}

// All that a node does, over every kind of socket it has, while the kernel holds it to its list.
TEST_F(ParleySfu, CarriesATalkInsideItsSandbox) {
  const std::uint16_t metrics = free_tcp_port();
  const std::string sections =
      "  base_port: 0\n  workers: 2\nmetrics:\n  port: " + std::to_string(metrics) + "\n";
  // A name takes libuv's own threads, and files of the system.
  Program program(loop, {"--config", configure(sections, "localhost")});
  service.wait_for(FromNode::kSnapshotEnd);
  service.welcome();
  MediaClient over_udp(loop);
  MediaClient over_tcp(loop);
  join(1, over_udp);
  join(2, over_tcp, api::Candidate::TCP_PASSIVE);
  EXPECT_TRUE(is_heard(over_udp, "spoken over udp", over_tcp));
  EXPECT_TRUE(is_heard(over_tcp, "spoken over tcp", over_udp));
  EXPECT_THAT(program.thread_states("Seccomp"), ::testing::Each(kSandboxed));
  EXPECT_GE(program.thread_states("Seccomp").size(), 3U) << "the main thread and two workers";
  EXPECT_THAT(scrape(metrics), HasSubstr("parley_sfu_peers"));
  service.cut();
  service.wait_for(FromNode::kSnapshotEnd);
  program.signal(SIGHUP);
  EXPECT_TRUE(run_until(loop, [&] { return program.has_said("certificates renewed"); }));
  program.signal(SIGTERM);
  EXPECT_EQ(program.wait(), 0) << program.err();
}

TEST_F(ParleySfu, SaysThatItsSandboxIsOff) {
  Program program(loop, {"--config", configure("  base_port: 0\nprocess:\n  sandbox: false\n")});
  service.wait_for(FromNode::kSnapshotEnd);
  EXPECT_THAT(program.thread_states("Seccomp"), ::testing::Each("0"));
  program.signal(SIGTERM);
  EXPECT_EQ(program.wait(), 0);
  EXPECT_THAT(program.err(), HasSubstr("process.sandbox is off"));
}

TEST_F(ParleySfu, SaysInOneLineThatItsPortIsBusy) {
  const Endpoint any{.address = IpAddress::parse("127.0.0.1").value()};
  const auto busy = net::UdpPort::open(loop, {.bind = any}, {}).value();
  const std::string port = std::to_string(busy->local_endpoint().port);
  Program program(loop, {"--config", configure("  base_port: " + port + "\n")});
  EXPECT_EQ(program.wait(), 69);
  EXPECT_EQ(program.err(),
            "parley-sfu: UDP 127.0.0.1:" + port + " is in use by another process.\n");
}

TEST_F(ParleySfu, ChecksAGoodConfigurationAndEnds) {
  Program program(loop, {"--config", configure(), "--check"});
  EXPECT_EQ(program.wait(), 0);
  EXPECT_EQ(program.out(), file + ": ok\n");
  EXPECT_EQ(program.err(), "");
}

TEST_F(ParleySfu, NamesFileAndLineOfABadKey) {
  Program program(loop, {"--config", configure("  base_prot: 7500\n")});
  EXPECT_EQ(program.wait(), 78);
  EXPECT_THAT(program.err(), HasSubstr("parley-sfu.yaml:9: "));
  EXPECT_THAT(program.err(), HasSubstr("base_prot"));
}

TEST_F(ParleySfu, SaysItsVersionAndItsFlags) {
  Program version(loop, {"--version"});
  EXPECT_EQ(version.wait(), 0);
  EXPECT_THAT(version.out(), HasSubstr("parley-sfu 0."));
  Program help(loop, {"--help"});
  EXPECT_EQ(help.wait(), 0);
  EXPECT_THAT(help.out(), HasSubstr("--config"));
  Program wrong(loop, {"--nonsense"});
  EXPECT_EQ(wrong.wait(), 64);
}

}  // namespace
}  // namespace parley
