// A full, controlling ICE agent (RFC 8445) towards an ICE-lite node: paced checks on every
// candidate, nomination of the best path that answers, consent (RFC 7675), active ICE-TCP (RFC
// 6544) when UDP stays silent. Pure. A lost path is not repaired here: the owner asks for a new
// transport, which is an ICE restart.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/endpoint.hpp"
#include "base/random.hpp"
#include "base/time.hpp"
#include "client/core/client_core.hpp"
#include "codecs/stun.hpp"

namespace parley::client {

struct IceCredentials {
  std::string ufrag;
  std::string pwd;
};
// 8 and 24 characters of ICE's alphabet: 48 and 144 bits (RFC 8445 5.3 asks for 24 and 128).
[[nodiscard]] IceCredentials make_ice_credentials(RandomSource& random);

struct RemoteCandidate {
  bool is_tcp = false;
  Endpoint endpoint;
  std::uint32_t priority = 0;
};

struct IceAgentConfig {
  IceCredentials local;
  IceCredentials remote;
  std::vector<RemoteCandidate> candidates;
  bool allow_udp = true;
  bool allow_tcp = true;
};

class IceAgent {
 public:
  // Time between two new checks, Ta (RFC 8445 14.2).
  static constexpr Duration kPacing = std::chrono::milliseconds(50);
  // First retransmission; doubles (RFC 8445 14.3, RFC 8489 6.2.1).
  static constexpr Duration kFirstTimeout = std::chrono::milliseconds(500);
  static constexpr std::uint8_t kMaxSends = 7;
  // How long TCP waits for UDP. Shorter: needless connections on slow links. Longer: a late first
  // word where UDP is blocked.
  static constexpr Duration kTcpDelay = std::chrono::milliseconds(1500);
  // How long a better candidate may still answer after the first one did.
  static constexpr Duration kBetterPathWait = std::chrono::milliseconds(100);
  // Without a usable path after this, the agent gives up.
  static constexpr Duration kConnectLimit = std::chrono::seconds(10);
  // Mean time between consent checks; each interval is varied by 20 % (RFC 7675 5.1 allows at most
  // one in 4 s as a default; a voice call notices a dead path sooner for 20 bytes/s more).
  static constexpr Duration kConsentInterval = std::chrono::milliseconds(2500);
  static constexpr Duration kConsentLimit = std::chrono::seconds(15);
  static constexpr std::size_t kMaxCandidates = 32;
  static constexpr std::size_t kMaxOpenConsents = 8;  // the oldest unanswered one is forgotten

  enum class State : std::uint8_t { checking, selected, lost };

  IceAgent(IceAgentConfig config, RandomSource& random, Timestamp now);

  // Any parsed STUN message. Answers to it go to `out`.
  void on_stun(const Path& from, const codecs::StunView& stun, Timestamp now, ClientOutbox& out);
  void on_tcp_connected(const Endpoint& remote, std::uint32_t connection, Timestamp now,
                        ClientOutbox& out);
  void on_tcp_closed(std::uint32_t connection);
  void tick(Timestamp now, ClientOutbox& out);
  void close(ClientOutbox& out);  // closes the TCP connections
  [[nodiscard]] Timestamp deadline() const;

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] const char* lost_reason() const { return lost_reason_; }
  [[nodiscard]] const std::optional<Path>& selected_path() const { return selected_path_; }
  // True for a path on which the node has answered: DTLS and media are accepted from nowhere else.
  [[nodiscard]] bool is_proven(const Path& path) const;

 private:
  enum class PairState : std::uint8_t { waiting, connecting, checking, valid, failed };
  // One STUN transaction with its retransmissions.
  struct Check {
    codecs::StunTransactionId id{};
    Timestamp resend_at = kNever;
    Duration timeout = kFirstTimeout;
    std::uint8_t sends = 0;
  };
  struct Pair {
    RemoteCandidate candidate;
    Path path;
    PairState state = PairState::waiting;
    bool is_owned = false;  // a TCP connection of ours that is still open
    Check check;
  };
  struct Nomination {
    std::size_t pair;
    Check check;
  };

  static bool is_better(const Pair& a, const Pair& b);
  [[nodiscard]] Check begin_check(const Path& path, bool nominate, Timestamp now,
                                  ClientOutbox& out);
  void repeat_check(Check& check, const Path& path, bool nominate, Timestamp now,
                    ClientOutbox& out);
  void write_request(const codecs::StunTransactionId& id, const Path& path, bool nominate,
                     ClientOutbox& out);
  void on_request(const Path& from, const codecs::StunView& stun, ClientOutbox& out);
  void on_response(const Path& from, const codecs::StunView& stun, Timestamp now,
                   ClientOutbox& out);
  void select(std::size_t pair, Timestamp now, ClientOutbox& out);
  void open_tcp(Timestamp now, ClientOutbox& out);
  void start_next_check(Timestamp now, ClientOutbox& out);
  void repeat_checks(Timestamp now, ClientOutbox& out);
  void nominate(Timestamp now, ClientOutbox& out);
  void keep_consent(Timestamp now, ClientOutbox& out);
  void lose(const char* reason);
  [[nodiscard]] std::optional<std::size_t> best_valid() const;
  [[nodiscard]] bool may_improve(std::size_t pair) const;
  [[nodiscard]] Timestamp tcp_start() const;
  [[nodiscard]] Timestamp nomination_due() const;
  [[nodiscard]] bool has_waiting_pair() const;

  IceAgentConfig config_;
  RandomSource& random_;
  std::uint64_t tie_breaker_;
  std::string username_;           // of our checks: "<node>:<client>"
  std::string expected_username_;  // of the node's checks: "<client>:<node>"
  State state_ = State::checking;
  const char* lost_reason_ = "";
  std::vector<Pair> pairs_;  // best first
  Timestamp started_;
  Timestamp next_new_check_;
  bool tcp_opened_ = false;
  Timestamp first_valid_ = kNever;
  std::optional<Nomination> nomination_;
  std::optional<Path> selected_path_;
  std::deque<codecs::StunTransactionId> open_consents_;
  Timestamp next_consent_ = kNever;
  Timestamp last_consent_{};
};

}  // namespace parley::client
