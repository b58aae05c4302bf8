// Many devices in one process that sign in and enter their rooms, without media:
//
//   sessions CA_FILE LINKS_FILE
//
// Each line of standard input is an order, each line of output its report, one JSON object:
//   sign-in N AT_ONCE   N more devices sign in: {"logins", "seconds", "login_ms", "attempts"}
//   again N AT_ONCE     N devices that are signed in drop their connection and sign in anew
//   await-loss AT_ONCE  until every device has lost its connection and is back, each after the
//                       pauses of a native client; "seconds" from the first loss, "login_ms" from
//                       each device's own
// Ends with its input. A login lasts from the first byte to the last room entered. AT_ONCE devices
// at most are on their way at a time: each would have a processor of its own, and here they share
// one. Whoever has lost his connection waits for that too, and it counts.
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <deque>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/backoff.hpp"
#include "client/bot/ws_client.hpp"
#include "client/core/invitation_link.hpp"
#include "client/core/session.hpp"
#include "client/load/percentiles.hpp"
#include "net/clock.hpp"
#include "net/descriptor_limit.hpp"
#include "net/os_random.hpp"
#include "net/poll.hpp"
#include "net/timer.hpp"

namespace parley::hostile {
namespace {

constexpr Duration kNoMedia = std::chrono::hours(24);

// A device without media.
class Device {
 public:
  struct Handlers {
    std::function<void(Device&)> on_due;     // wants to connect: connect() follows
    std::function<void()> on_failed;         // to connect; on_due follows
    std::function<void(Device&)> on_back;    // signed in and in all of its rooms
    std::function<void(Timestamp)> on_lost;  // its connection, which was there
  };

  Device(net::Loop& loop, std::shared_ptr<client::WsLibrary> library,
         const client::InvitationLink& link, RandomSource& random, client::ClientOutbox& out,
         const Handlers& handlers)
      : handlers_(handlers),
        out_(out),
        key_(client::DeviceKey::generate(random)),
        session_({.host = link.signed_host(), .invitation = link.invitation, .label = "session"},
                 key_),
        backoff_(random, client::kReconnect),
        timer_(loop, [this] { on_timer(); }),
        signaling_(std::move(library), {.host = link.host, .port = link.port},
                   {.on_open =
                        [this] {
                          session_.on_open(net::read_clock(), out_);
                          settle();
                        },
                    .on_message = [this](Bytes message) { on_message(message); },
                    .on_closed = [this](std::string_view) { on_closed(); }}) {}

  // Drops the connection there is without a word, as a phone in a tunnel.
  void connect() {
    if (is_back_) drop();
    if (!has_lost_ && attempts_ == 0) since_ = net::read_monotonic();
    ++attempts_;
    signaling_.connect();
  }
  [[nodiscard]] Duration took() const { return took_; }
  [[nodiscard]] std::uint64_t attempts() const { return attempts_; }

 private:
  void drop() {
    is_back_ = has_lost_ = false;
    attempts_ = 0;
    session_.on_closed(out_);
    out_.reconnect_signaling = false;
  }

  void on_message(Bytes message) {
    const Now now = net::read_clock();
    (void)session_.on_frame(message, now, out_);  // neither media nor floor is ours
    if (session_.wants_transport(now.mono)) session_.on_media_lost(now.mono, kNoMedia);
    settle();
    if (!session_.is_joined() || std::exchange(is_back_, true)) return;
    took_ = now.mono - since_;
    backoff_.reset();
    handlers_.on_back(*this);
  }

  void on_closed() {
    session_.on_closed(out_);
    if (!std::exchange(is_back_, false)) {
      handlers_.on_failed();
    } else {
      since_ = net::read_monotonic();
      attempts_ = 0;
      has_lost_ = true;
      handlers_.on_lost(since_);
    }
    settle();
  }

  void on_timer() {
    if (std::exchange(reconnects_, false)) return handlers_.on_due(*this);
    session_.tick(net::read_clock(), out_);
    settle();
  }

  void settle() {
    for (std::string& frame : std::exchange(out_.frames, {})) signaling_.send(std::move(frame));
    for (const client::ClientEvent& event : std::exchange(out_.events, {})) {
      const auto* refused = std::get_if<client::ServerRefused>(&event);
      if (refused != nullptr) std::fprintf(stderr, "%s\n", refused->error.message().c_str());
    }
    reconnects_ = std::exchange(out_.reconnect_signaling, false) || reconnects_;
    timer_.arm(reconnects_ ? net::read_monotonic() + backoff_.next() : session_.deadline());
  }

  const Handlers& handlers_;
  client::ClientOutbox& out_;  // of all devices: empty between two events
  const client::DeviceKey key_;
  client::Session session_;
  Backoff backoff_;
  net::Timer timer_;
  client::WsClient signaling_;
  Timestamp since_{};
  Duration took_{0};
  std::uint64_t attempts_ = 0;
  bool is_back_ = false;
  bool has_lost_ = false;  // since the last order that made it connect
  bool reconnects_ = false;
};

double milliseconds(Duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

nlohmann::json to_json(const client::Percentiles& times) {
  return {{"p50", milliseconds(times.p50)},
          {"p95", milliseconds(times.p95)},
          {"p99", milliseconds(times.p99)},
          {"max", milliseconds(times.max)}};
}

class Sessions {
 public:
  explicit Sessions(net::Loop& loop)
      : loop_(loop), input_(loop, STDIN_FILENO, [this] { on_input(); }) {
    input_.watch(true, false);
  }

  void add(std::shared_ptr<client::WsLibrary> library, const client::InvitationLink& link) {
    devices_.push_back(
        std::make_unique<Device>(loop_, std::move(library), link, random_, out_, handlers_));
  }

 private:
  void on_input() {
    std::array<char, 4096> buffer{};
    const ssize_t size = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (size <= 0) return loop_.stop();
    orders_.append(buffer.data(), static_cast<std::size_t>(size));
    const std::size_t end = orders_.find('\n');
    if (end == std::string::npos) return;
    std::istringstream order(orders_.substr(0, end));
    orders_.erase(0, end + 1);
    carry_out(order);
  }

  void carry_out(std::istringstream& order) {
    std::string what;
    std::size_t count = 0;
    order >> what;
    if (what != "await-loss") order >> count;
    order >> at_once_;
    times_.clear();
    attempts_ = 0;
    started_ = what == "await-loss" ? kNever : net::read_monotonic();
    expected_ = what == "await-loss" ? signed_in_ : count;
    for (std::size_t i = 0; i < count; ++i) {
      due_.push_back(devices_.at(what == "again" ? i : signed_in_++).get());
    }
    start_due();
  }

  void start_due() {
    while (!due_.empty() && on_their_way_ < at_once_) {
      ++on_their_way_;
      Device& device = *due_.front();
      due_.pop_front();
      device.connect();
    }
  }

  void on_arrived(const Device& device) {
    --on_their_way_;
    times_.push_back(device.took());
    attempts_ += device.attempts();
    start_due();
    if (times_.size() != expected_) return;
    const nlohmann::json report{{"logins", expected_},
                                {"seconds", milliseconds(net::read_monotonic() - started_) / 1000},
                                {"login_ms", to_json(client::percentiles_of(times_))},
                                {"attempts", attempts_}};
    std::puts(report.dump().c_str());
    std::fflush(stdout);
  }

  net::Loop& loop_;
  net::OsRandom random_;
  client::ClientOutbox out_;
  Device::Handlers handlers_{
      .on_due =
          [this](Device& device) {
            due_.push_back(&device);
            start_due();
          },
      .on_failed =
          [this] {
            --on_their_way_;
            start_due();
          },
      .on_back = [this](Device& device) { on_arrived(device); },
      .on_lost = [this](Timestamp at) { started_ = std::min(started_, at); }};
  std::vector<std::unique_ptr<Device>> devices_;
  std::string orders_;
  net::Poll input_;
  std::size_t signed_in_ = 0;  // of devices_: the first ones
  std::deque<Device*> due_;
  std::size_t on_their_way_ = 0;
  // The order that is being carried out.
  std::size_t expected_ = 0;
  std::size_t at_once_ = 0;
  Timestamp started_{};
  std::vector<Duration> times_;
  std::uint64_t attempts_ = 0;
};

int complain(const std::string& text) {
  std::fprintf(stderr, "sessions: %s\n", text.c_str());
  return 69;
}

int run(const std::string& ca_file, const std::string& links_file) {
  net::raise_descriptor_limit();
  std::ifstream links(links_file);
  if (!links) return complain(links_file + " cannot be read");
  net::Loop loop;
  const auto library = client::WsLibrary::start(loop, ca_file);
  if (!library) return complain(library.error().message);
  Sessions sessions(loop);
  for (std::string text; std::getline(links, text);) {
    const auto link = client::InvitationLink::parse(text);
    if (!link) return complain(link.error().message);
    sessions.add(*library, *link);
  }
  loop.run();
  return 0;
}

}  // namespace
}  // namespace parley::hostile

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: sessions CA_FILE LINKS_FILE\n", stderr);
    return 64;
  }
  return parley::hostile::run(argv[1], argv[2]);
}
