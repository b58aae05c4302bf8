// The ICE-lite agent of one peer (RFC 8445 2.5, 7.3): answers checks, keeps the proven paths,
// selects the nominated one. A later change of path also needs an answered challenge (security.md
// S2). Pure; owned by its PeerTransport.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/packet_batch.hpp"
#include "base/random.hpp"
#include "base/time.hpp"
#include "codecs/stun.hpp"
#include "sfu/transport/drop.hpp"

namespace parley::sfu {

struct IceCredentials {
  std::string ufrag;
  std::string pwd;
};

// A client has a path per network interface and transport; eight are more than a phone has. At the
// limit the path whose last check is oldest is forgotten, never the selected one.
inline constexpr std::size_t kMaxPaths = 8;

class IceLite {
 public:
  // `random` outlives this object; it gives transaction ids.
  IceLite(IceCredentials local, IceCredentials remote, RandomSource& random);

  // A request or a response. After success `from` is proven. A wrong request is not answered,
  // except an authenticated one of the wrong role (487) or with attributes we must know and do not
  // (420): those are Drop::stun_refused.
  [[nodiscard]] std::expected<void, Drop> on_stun(const Path& from, const codecs::StunView& stun,
                                                  Timestamp now, PacketBatch& out);
  void on_path_closed(const Path& path);
  void tick(Timestamp now, PacketBatch& out);  // repeats unanswered challenges
  [[nodiscard]] Timestamp deadline() const;    // of the next challenge to repeat, or kNever

  [[nodiscard]] bool is_proven(const Path& path) const;
  // The nominated path; nullopt before the first nomination and after its connection has ended.
  [[nodiscard]] const std::optional<Path>& selected() const { return selected_; }
  // Where to send: the selected path; before the first nomination the path proven last.
  [[nodiscard]] std::optional<Path> sending_path() const;
  // When the peer last proved that it wants our packets (RFC 7675); nullopt: never.
  [[nodiscard]] std::optional<Timestamp> last_consent() const { return last_consent_; }

 private:
  // Our own check of a path that the peer wants us to change to.
  struct Challenge {
    codecs::StunTransactionId transaction;
    std::uint8_t sent;
    Timestamp next;  // when to repeat
  };
  struct Candidate {
    Path path;
    Timestamp last_check;
    // Until the path has answered a challenge, at most three times of what it sent is sent to it.
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
    bool has_answered = false;
    std::optional<Challenge> challenge;
  };

  std::expected<void, Drop> on_request(const Path& from, const codecs::StunView& stun,
                                       Timestamp now, PacketBatch& out);
  std::expected<void, Drop> on_response(const Path& from, const codecs::StunView& stun,
                                        Timestamp now);
  Candidate& candidate_for(const Path& path, Timestamp now);
  Candidate* find(const Path& path);
  void nominate(Candidate& candidate, Timestamp now, PacketBatch& out);
  void send_challenge(Candidate& candidate, Timestamp now, PacketBatch& out);
  void answer(Candidate& candidate, const codecs::StunView& request, PacketBatch& out);
  void refuse(const Path& to, const codecs::StunView& request, std::uint16_t code,
              PacketBatch& out) const;

  IceCredentials local_;
  IceCredentials remote_;
  std::string challenge_username_;
  RandomSource* random_;
  std::uint64_t tie_breaker_;
  std::vector<Candidate> candidates_;  // at most kMaxPaths
  std::optional<Path> selected_;
  bool was_nominated_ = false;
  std::optional<Timestamp> last_consent_;
};

}  // namespace parley::sfu
