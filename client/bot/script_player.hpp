// Plays a script of presses with a client's button. Pure: time in, requests by the client core out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "base/time.hpp"
#include "client/bot/ptt_script.hpp"
#include "client/core/client_core.hpp"

namespace parley::client {

class ScriptPlayer {
 public:
  // `core` and `random` outlive the player.
  ScriptPlayer(PttScript script, ClientCore& core, RandomSource& random)
      : script_(std::move(script)), core_(core), random_(random) {}

  void start(Timestamp now);  // second 0; only the first time counts
  // Plays what is due. `next_timestamp`: RTP timestamp of the microphone's next frame. One sentence
  // for each step that could not be done.
  [[nodiscard]] std::vector<std::string> tick(Now now, std::uint32_t next_timestamp,
                                              ClientOutbox& out);
  [[nodiscard]] Timestamp deadline() const;
  [[nodiscard]] bool wants_to_leave() const { return wants_to_leave_; }

 private:
  struct Moment {
    Now now;
    std::uint32_t next_timestamp;
    ClientOutbox& out;
  };
  using Done = std::expected<void, std::string>;  // or why not

  [[nodiscard]] Done play(const ScriptAction& action, const Moment& moment);
  [[nodiscard]] Done on(const ScriptPress& press, const Moment& moment);
  [[nodiscard]] Done on(const ScriptRelease& release, const Moment& moment);
  [[nodiscard]] Done on(const ScriptCancel& cancel, const Moment& moment);
  [[nodiscard]] Done on(const ScriptEmergency& emergency, const Moment& moment);
  [[nodiscard]] Done on(const ScriptClear& clear, const Moment& moment);
  [[nodiscard]] Done on(const ScriptTalk& talk, const Moment& moment);
  [[nodiscard]] Done on(const ScriptGive& give, const Moment& moment);
  [[nodiscard]] Done on(const ScriptCut& cut, const Moment& moment);
  [[nodiscard]] Done on(const ScriptExtend& extend, const Moment& moment);
  [[nodiscard]] Done on(const ScriptBar& bar, const Moment& moment);
  [[nodiscard]] Done on(const ScriptOrder& order, const Moment& moment);
  [[nodiscard]] Done on(const ScriptMode& mode, const Moment& moment);
  [[nodiscard]] Done on(const ScriptHand& hand, const Moment& moment);
  [[nodiscard]] Done on(const ScriptLeave& leave, const Moment& moment);

  [[nodiscard]] std::uint64_t room() const { return core_.floor().talk_room(); }
  [[nodiscard]] std::expected<std::uint64_t, std::string> room_of(const std::string& name) const;
  [[nodiscard]] std::expected<std::uint32_t, std::string> member_of(const std::string& name) const;
  [[nodiscard]] std::expected<floor::GrantId, std::string> grant_of(const std::string& name) const;
  void ask(floor::Request request, const Moment& moment);

  PttScript script_;
  ClientCore& core_;
  RandomSource& random_;
  bool is_started_ = false;
  Timestamp start_{};
  std::size_t next_ = 0;
  bool wants_to_leave_ = false;
};

}  // namespace parley::client
