// A hostile member of a room with a floor:
//
//   floor_attacker LINK CA_FILE voice|presses|forgeries|others|chair
//
// Prints "ready" when its media is connected, attacks from SIGHUP on, and at SIGTERM prints one
// line of JSON and leaves: {"attack", "attempts", "answers": {of what became of them: how many},
// "signaling_losses"}.
#include <nlohmann/json.hpp>

#include <cstdio>
#include <map>
#include <string>

#include "net/clock.hpp"
#include "net/signals.hpp"
#include "tests/hostile/attacks.hpp"

namespace parley::hostile {
namespace {

constexpr Duration kFarewell = std::chrono::milliseconds(200);
// Attempts that are made up for after a standstill; more would be a burst, not a rate.
constexpr int kMaxLate = 50;

class Attacker {
 public:
  Attacker(net::Loop& loop, std::string name, Attack attack)
      : name_(std::move(name)),
        attack_(attack),
        attack_timer_(loop, [this] { strike(); }),
        farewell_(loop, [&loop] { loop.stop(); }),
        signals_(loop, [this](net::Signal signal) {
          if (signal == net::Signal::hang_up) return begin();
          leave();
        }) {}

  Result<void> join(net::Loop& loop, const client::InvitationLink& link, const std::string& ca_file,
                    const sfu::DtlsContext& dtls) {
    auto library = client::WsLibrary::start(loop, ca_file);
    if (!library) return std::unexpected(library.error());
    auto member = Member::create(
        loop, link, *std::move(library), dtls,
        {.on_media =
             [] {
               std::puts("ready");
               std::fflush(stdout);
             },
         .on_message = [this](const api::ServerMessage& message) { return overhear(message); },
         // What its client core thinks of the floor stays between the two.
         .on_request = [](const api::ClientMessage& message) { return !message.has_floor(); },
         .on_refused = [](const api::Error& error) { std::puts(error.message().c_str()); }});
    if (!member) return std::unexpected(member.error());
    member_ = std::move(*member);
    member_->connect();
    return {};
  }

 private:
  void begin() {
    next_ = net::read_monotonic();
    strike();
  }

  void strike() {
    const Timestamp now = net::read_monotonic();
    for (int late = 0; next_ <= now; next_ += interval_of(attack_)) {
      if (++late > kMaxLate) continue;
      if (attempt(attack_, attempts_, overheard_, *member_, random_)) ++attempts_;
    }
    attack_timer_.arm(next_);
  }

  // False for what the client core is not to know: then it goes on believing in its press.
  bool overhear(const api::ServerMessage& message) {
    if (message.has_error()) ++answers_[api::Error::Code_Name(message.error().code())];
    if (!message.has_floor()) return true;
    const floor::Event& event = message.floor();
    if (event.has_taken()) note_holders(event.taken().holders());
    if (event.has_state()) note_holders(event.state().holders());
    if (event.has_idle()) overheard_.grant.Clear();
    if (event.has_granted()) ++answers_["GRANTED"];
    if (event.has_queued()) ++answers_["QUEUED"];
    if (event.has_denied()) ++answers_[floor::Denied::Cause_Name(event.denied().cause())];
    if (event.has_revoked()) {
      ++answers_["REVOKED_" + floor::Revoked::Cause_Name(event.revoked().cause())];
    }
    return false;
  }

  void note_holders(const google::protobuf::RepeatedPtrField<floor::Holder>& holders) {
    overheard_.grant.Clear();
    for (const floor::Holder& holder : holders) {
      if (holder.member_id() == member_->core().own_member_id(member_->room())) continue;
      overheard_ = {.grant = holder.grant(), .member_id = holder.member_id()};
    }
  }

  void leave() {
    attack_timer_.disarm();
    const nlohmann::json report{{"attack", name_},
                                {"attempts", attempts_},
                                {"answers", answers_},
                                {"signaling_losses", member_->signaling_losses()}};
    std::puts(report.dump().c_str());
    std::fflush(stdout);
    member_->leave();
    farewell_.arm(net::read_monotonic() + kFarewell);
  }

  const std::string name_;
  const Attack attack_;
  net::OsRandom random_;
  std::unique_ptr<Member> member_;
  Overheard overheard_;
  std::uint64_t attempts_ = 0;
  std::map<std::string, std::uint64_t> answers_;
  Timestamp next_{};
  net::Timer attack_timer_;
  net::Timer farewell_;
  net::Signals signals_;
};

int run(const std::string& link_text, const std::string& ca_file, const std::string& name) {
  const auto link = client::InvitationLink::parse(link_text);
  const auto attack = attack_named(name);
  const auto dtls = sfu::DtlsContext::create({sfu::SrtpProfile::aead_aes_128_gcm});
  if (!link || !attack || !dtls) {
    std::fputs("floor_attacker: no such link or attack\n", stderr);
    return 64;
  }
  net::Loop loop;
  Attacker attacker(loop, name, *attack);
  const auto joined = attacker.join(loop, *link, ca_file, *dtls);
  if (!joined) {
    std::fprintf(stderr, "floor_attacker: %s\n", joined.error().message.c_str());
    return 69;
  }
  loop.run();
  return 0;
}

}  // namespace
}  // namespace parley::hostile

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: floor_attacker LINK CA_FILE voice|presses|forgeries|others|chair\n", stderr);
    return 64;
  }
  return parley::hostile::run(argv[1], argv[2], argv[3]);
}
