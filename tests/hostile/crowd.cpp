// Many listeners in one process, which hear everything and play nothing:
//
//   crowd CA_FILE <links, one a line
//
// Prints "ready" when all of them have media, leaves at SIGTERM and prints one line of JSON:
// {"members", "packets"}.
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "net/clock.hpp"
#include "net/signals.hpp"
#include "tests/hostile/member.hpp"

namespace parley::hostile {
namespace {

constexpr Duration kFarewell = std::chrono::milliseconds(500);
// One more joins after this long, so that a crowd is not a storm.
constexpr Duration kJoinPause = std::chrono::milliseconds(15);

class Crowd {
 public:
  explicit Crowd(net::Loop& loop)
      : loop_(loop),
        join_timer_(loop, [this] { join_next(); }),
        farewell_(loop, [&loop] { loop.stop(); }),
        signals_(loop, [this](net::Signal) { leave(); }) {}

  Result<void> add(const client::InvitationLink& link, std::shared_ptr<client::WsLibrary> library,
                   const sfu::DtlsContext& dtls) {
    auto member =
        Member::create(loop_, link, std::move(library), dtls, {.on_media = [this] { on_media(); }});
    if (!member) return std::unexpected(member.error());
    members_.push_back(std::move(*member));
    return {};
  }

  void join_next() {
    if (joined_ == members_.size()) return;
    members_[joined_++]->connect();
    join_timer_.arm(net::read_monotonic() + kJoinPause);
  }

 private:
  void on_media() {
    if (++connected_ != members_.size()) return;
    std::puts("ready");
    std::fflush(stdout);
  }

  void leave() {
    std::uint64_t packets = 0;
    for (const auto& member : members_) packets += member->core().counters().rtp_received;
    std::printf("{\"members\": %zu, \"packets\": %llu}\n", members_.size(),
                static_cast<unsigned long long>(packets));
    std::fflush(stdout);
    for (const auto& member : members_) member->leave();
    farewell_.arm(net::read_monotonic() + kFarewell);
  }

  net::Loop& loop_;
  std::vector<std::unique_ptr<Member>> members_;
  std::size_t joined_ = 0;
  std::size_t connected_ = 0;
  net::Timer join_timer_;
  net::Timer farewell_;
  net::Signals signals_;
};

int complain(const std::string& text) {
  std::fprintf(stderr, "crowd: %s\n", text.c_str());
  return 69;
}

int run(const std::string& ca_file) {
  const auto dtls = sfu::DtlsContext::create({sfu::SrtpProfile::aead_aes_128_gcm});
  if (!dtls) return complain(dtls.error().message);
  net::Loop loop;
  const auto library = client::WsLibrary::start(loop, ca_file);
  if (!library) return complain(library.error().message);
  Crowd crowd(loop);
  for (std::string text; std::getline(std::cin, text);) {
    const auto link = client::InvitationLink::parse(text);
    if (!link) return complain(link.error().message);
    const auto added = crowd.add(*link, *library, *dtls);
    if (!added) return complain(added.error().message);
  }
  crowd.join_next();
  loop.run();
  return 0;
}

}  // namespace
}  // namespace parley::hostile

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: crowd CA_FILE <links\n", stderr);
    return 64;
  }
  return parley::hostile::run(argv[1]);
}
