// parley-bot: sockets, clock and files around ClientCore and Playout. One thread, one loop.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/backoff.hpp"
#include "base/result.hpp"
#include "client/bot/floor_report.hpp"
#include "client/bot/key_file.hpp"
#include "client/bot/media_sockets.hpp"
#include "client/bot/options.hpp"
#include "client/bot/report.hpp"
#include "client/bot/script_player.hpp"
#include "client/bot/ws_client.hpp"
#include "client/core/client_core.hpp"
#include "client/core/invitation_link.hpp"
#include "client/media/audio_clock.hpp"
#include "client/media/audio_source.hpp"
#include "client/media/playout.hpp"
#include "client/media/recorder.hpp"
#include "net/loop.hpp"
#include "net/os_random.hpp"
#include "net/signals.hpp"
#include "net/timer.hpp"

namespace parley::client {

class Bot {
 public:
  // Reads the files it needs. Errors: invalid_argument (the link, a file), not_found (a file),
  // failed_precondition (the mode of the key file), io.
  static Result<std::unique_ptr<Bot>> create(net::Loop& loop, const BotOptions& options);
  Bot(const Bot&) = delete;
  Bot& operator=(const Bot&) = delete;
  ~Bot() = default;

  // Until the time is over, a signal comes or the server refuses. Returns the exit code, after the
  // recording and the statistics were written.
  int run();

 private:
  Bot(net::Loop& loop, const BotOptions& options, InvitationLink link, DeviceIdentity identity,
      sfu::DtlsContext dtls, Playout playout);

  Result<void> open_sockets();
  void connect_signaling();
  void on_signaling_closed(std::string_view reason);
  void on_connect_limit();
  void on_signal();
  void leave();
  void finish(int exit_code);

  void drain();  // carries out what the core asked for, and arms the timer
  void obey(const ClientEvent& event);
  void on_pending(const DevicePending& pending);
  void on_credential(const CredentialReceived& received);
  void on_session(const SessionOpened& opened);
  void on_joined(const RoomJoined& joined);
  void on_media_connected(const MediaConnected& media);
  void on_audio(const AudioReceived& audio);
  void on_refused(const api::Error& error);

  void play_script();
  void press_and_hold();
  void on_audio_tick();
  void play_frame(Now now);
  void record_frame(Now now, Timestamp frame_time);
  [[nodiscard]] bool write_files();

  net::Loop& loop_;
  const BotOptions options_;
  const InvitationLink link_;
  net::OsRandom random_;
  const DeviceKey key_;
  const sfu::DtlsContext dtls_;
  ClientCore core_;
  ClientOutbox out_;
  Playout playout_;
  std::optional<AudioSource> source_;
  Recorder recorder_;
  Report report_;
  FloorReport floor_report_;
  std::optional<ScriptPlayer> script_;

  std::optional<AudioClock> clock_;  // from the first time in the room
  std::optional<Timestamp> leave_at_;
  std::uint32_t rtp_timestamp_;
  bool has_played_out_ = false;
  bool has_waited_ = false;  // this audio tick was put off until the sockets were read
  bool had_media_ = false;
  bool has_pressed_ = false;  // once and for good, without a script
  bool is_signaling_up_ = false;
  bool is_leaving_ = false;
  int exit_code_ = 0;
  Backoff backoff_;
  std::string last_failure_;

  std::unique_ptr<WsClient> signaling_;
  std::unique_ptr<MediaSockets> sockets_;
  net::Timer core_timer_;
  net::Timer audio_timer_;
  net::Timer script_timer_;
  net::Timer reconnect_timer_;
  net::Timer connect_limit_;
  net::Timer farewell_timer_;
  std::optional<net::Signals> signals_;
};

}  // namespace parley::client
