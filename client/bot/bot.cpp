#include "client/bot/bot.hpp"

#include <array>
#include <cstdio>
#include <utility>

#include "client/bot/files.hpp"
#include "client/bot/inputs.hpp"
#include "net/clock.hpp"
#include "service/exit_code.hpp"

namespace parley::client {
namespace {

// What the last words may take to leave.
constexpr Duration kFarewell = std::chrono::milliseconds(300);
// Lateness of the audio timer that means that the machine stood still.
constexpr Duration kStall = std::chrono::milliseconds(15);
constexpr const char* kSystemAuthorities = "/etc/ssl/certs/ca-certificates.crt";
constexpr int kRefused = 77;  // EX_NOPERM

void complain(const std::string& text) {
  std::fprintf(stderr, "parley-bot: %s\n", printable(text).c_str());
}

ClientConfig make_config(const BotOptions& options, const InvitationLink& link,
                         const std::string& credential) {
  return {.host = link.signed_host(),
          .invitation = credential.empty() ? link.invitation : std::string(),
          .credential = credential,
          .label = options.label,
          .display_name = options.name,
          .rooms = options.rooms,
          .slots = options.slots,
          .allow_udp = options.allow_udp,
          .allow_tcp = options.allow_tcp,
          .first_sequence = options.first_sequence};
}

}  // namespace

Result<std::unique_ptr<Bot>> Bot::create(net::Loop& loop, const BotOptions& options) {
  auto link = InvitationLink::parse(options.link);
  if (!link) return std::unexpected(link.error());
  net::OsRandom random;
  auto identity = open_identity(options.key_file, !link->invitation.empty(), random);
  if (!identity) return std::unexpected(identity.error());
  if (link->invitation.empty() && identity->credential.empty()) {
    return fail(ErrorCode::invalid_argument,
                "This client is not enrolled, and the link carries no code; copy the whole link.");
  }
  auto dtls = sfu::DtlsContext::create({sfu::SrtpProfile::aead_aes_128_gcm,
                                        sfu::SrtpProfile::aead_aes_256_gcm,
                                        sfu::SrtpProfile::aes128_cm_sha1_80});
  if (!dtls) return std::unexpected(dtls.error());
  auto playout = Playout::create(options.slots);
  if (!playout) return std::unexpected(playout.error());
  auto source = open_source(options);
  if (!source) return std::unexpected(source.error());
  auto script = read_script(options.ptt_file);
  if (!script) return std::unexpected(script.error());
  std::unique_ptr<Bot> bot(new Bot(loop, options, std::move(*link), std::move(*identity),
                                   std::move(*dtls), std::move(*playout)));
  bot->source_ = std::move(*source);
  if (*script) bot->script_.emplace(**std::move(script), bot->core_, bot->random_);
  if (!options.events_file.empty()) {
    const auto opened = bot->floor_report_.open(options.events_file);
    if (!opened) return std::unexpected(opened.error());
  }
  const auto opened = bot->open_sockets();
  if (!opened) return std::unexpected(opened.error());
  return bot;
}

Bot::Bot(net::Loop& loop, const BotOptions& options, InvitationLink link, DeviceIdentity identity,
         sfu::DtlsContext dtls, Playout playout)
    : loop_(loop),
      options_(options),
      link_(std::move(link)),
      key_(std::move(identity.key)),
      dtls_(std::move(dtls)),
      core_(make_config(options_, link_, identity.credential), key_, dtls_, random_),
      playout_(std::move(playout)),
      floor_report_(report_, core_),
      rtp_timestamp_(random_.next_u32()),
      backoff_(random_, kReconnect),
      core_timer_(loop,
                  [this] {
                    core_.tick(net::read_clock(), out_);
                    drain();
                  }),
      audio_timer_(loop, [this] { on_audio_tick(); }),
      script_timer_(loop, [this] { play_script(); }),
      reconnect_timer_(loop, [this] { connect_signaling(); }),
      connect_limit_(loop, [this] { on_connect_limit(); }),
      farewell_timer_(loop, [this] { loop_.stop(); }) {}

Result<void> Bot::open_sockets() {
  auto sockets =
      MediaSockets::open(loop_, options_.allow_udp,
                         {.on_datagram =
                              [this](const Path& from, MutableBytes datagram, Now now) {
                                core_.on_datagram(from, datagram, now, out_);
                                drain();
                              },
                          .on_tcp_connected =
                              [this](const Endpoint& remote, std::uint32_t connection) {
                                core_.on_tcp_connected(remote, connection, net::read_clock(), out_);
                                drain();
                              },
                          .on_tcp_closed =
                              [this](std::uint32_t connection) {
                                core_.on_tcp_closed(connection, net::read_clock(), out_);
                                drain();
                              }});
  if (!sockets) return std::unexpected(sockets.error());
  sockets_ = std::move(*sockets);
  auto library = WsLibrary::start(
      loop_, options_.ca_file.empty() ? std::string(kSystemAuthorities) : options_.ca_file);
  if (!library) return std::unexpected(library.error());
  signaling_ = std::make_unique<WsClient>(
      *std::move(library), WsOptions{.host = link_.host, .port = link_.port},
      WsHandlers{.on_open =
                     [this] {
                       is_signaling_up_ = true;
                       core_.on_signaling_open(net::read_clock(), out_);
                       drain();
                     },
                 .on_message =
                     [this](Bytes message) {
                       core_.on_signaling_frame(message, net::read_clock(), out_);
                       drain();
                     },
                 .on_closed = [this](std::string_view reason) { on_signaling_closed(reason); }});
  return {};
}

int Bot::run() {
  signals_.emplace(loop_, [this](net::Signal signal) {
    if (signal != net::Signal::hang_up) return on_signal();
    if (!script_ || !options_.waits_for_signal) return;
    script_->start(net::read_monotonic());
    play_script();
  });
  const auto limit = std::chrono::duration<double>(options_.connect_seconds);
  connect_limit_.arm(net::read_monotonic() + std::chrono::duration_cast<Duration>(limit));
  connect_signaling();
  loop_.run();
  signals_.reset();
  if (!write_files() && exit_code_ == 0) {
    exit_code_ = service::to_int(service::ExitCode::cannot_create);
  }
  return exit_code_;
}

void Bot::connect_signaling() { signaling_->connect(); }

void Bot::on_signaling_closed(std::string_view reason) {
  if (is_leaving_) return loop_.stop();
  const bool was_up = std::exchange(is_signaling_up_, false);
  if (clock_) {
    if (was_up) report_.on_signaling_lost(reason);  // once, not for each attempt to come back
  } else {
    last_failure_ = reason;
    if (is_certificate_problem(reason)) return on_connect_limit();  // time does not cure it
  }
  core_.on_signaling_closed(net::read_clock(), out_);
  drain();
}

void Bot::on_connect_limit() {
  const std::string where = link_.host + " port " + std::to_string(link_.port);
  const std::string why = last_failure_.empty() ? "no answer" : last_failure_;
  complain("The server at " + where + " was not reached: " + why + "." +
           (is_certificate_problem(why) && options_.ca_file.empty()
                ? " If it has a private authority, name its certificate with --ca."
                : ""));
  finish(service::to_int(service::ExitCode::unavailable));
}

void Bot::on_signal() {
  if (is_leaving_) return loop_.stop();  // asked twice: no farewell
  leave();
}

void Bot::leave() {
  if (clock_) report_.say("leaving");
  if (clock_ && !had_media_) {
    complain("The media node was not reached, neither by UDP nor by TCP.");
    exit_code_ = service::to_int(service::ExitCode::unavailable);
  }
  finish(exit_code_);
}

void Bot::finish(int exit_code) {
  if (std::exchange(is_leaving_, true)) return;
  exit_code_ = exit_code;
  core_.leave(net::read_clock(), out_);
  drain();
  for (net::Timer* timer :
       {&core_timer_, &audio_timer_, &script_timer_, &reconnect_timer_, &connect_limit_}) {
    timer->disarm();
  }
  signaling_->close();
  farewell_timer_.arm(net::read_monotonic() + kFarewell);
}

void Bot::drain() {
  sockets_->send(out_.packets);
  out_.packets.clear();
  for (std::string& frame : std::exchange(out_.frames, {})) signaling_->send(std::move(frame));
  for (const Endpoint& remote : std::exchange(out_.connect_tcp, {})) sockets_->connect_tcp(remote);
  for (const std::uint32_t id : std::exchange(out_.close_tcp, {})) sockets_->close_tcp(id);
  for (const ClientEvent& event : std::exchange(out_.events, {})) obey(event);
  if (std::exchange(out_.reconnect_signaling, false) && !is_leaving_) {
    reconnect_timer_.arm(net::read_monotonic() + backoff_.next());
  }
  if (!is_leaving_) core_timer_.arm(core_.deadline());
}

void Bot::obey(const ClientEvent& event) {
  struct Visitor {
    Bot& bot;
    void operator()(const DevicePending& pending) const { bot.on_pending(pending); }
    void operator()(const CredentialReceived& received) const { bot.on_credential(received); }
    void operator()(const SessionOpened& opened) const { bot.on_session(opened); }
    void operator()(const RoomJoined& joined) const { bot.on_joined(joined); }
    void operator()(const RoomSkipped& skipped) const {
      complain("The room \"" + skipped.room.name() + "\" was not joined.");
    }
    void operator()(const RoomChanged& changed) const {
      bot.report_.on_room_changed(bot.core_, changed.room_id);
    }
    void operator()(const RoomLeft& left) const { bot.report_.on_room_left(left.room_id); }
    void operator()(const MediaConnected& media) const { bot.on_media_connected(media); }
    void operator()(const MediaDisconnected& media) const {
      if (!bot.is_leaving_) bot.report_.on_media_disconnected(media.reason);
    }
    void operator()(const AudioReceived& audio) const { bot.on_audio(audio); }
    void operator()(const VoiceSent& sent) const {
      bot.floor_report_.on_voice_sent(sent, net::read_clock().wall);
    }
    void operator()(const FloorHeard& heard) const {
      bot.floor_report_.on_heard(heard.event, net::read_clock());
    }
    void operator()(const OwnFloorChanged& change) const {
      bot.floor_report_.on_own(change, net::read_clock());
    }
    void operator()(const ServerRefused& refused) const { bot.on_refused(refused.error); }
  };
  std::visit(Visitor{*this}, event);
}

void Bot::on_session(const SessionOpened& opened) {
  backoff_.reset();
  report_.on_session(opened.resumed);
}

void Bot::on_pending(const DevicePending& pending) {
  connect_limit_.disarm();  // people take their time
  report_.say("device waits for approval: " + pending.digits);
}

void Bot::on_credential(const CredentialReceived& received) {
  if (options_.key_file.empty()) return;
  const auto written = write_key_file(options_.key_file, key_, received.credential);
  if (!written) complain(written.error().message);
}

void Bot::on_joined(const RoomJoined& joined) {
  connect_limit_.disarm();
  report_.on_joined(joined.joined);
  report_.on_room_changed(core_, joined.joined.room().room_id());
  floor_report_.on_joined(joined.joined.room().room_id(), net::read_clock().wall);
  if (clock_) return;
  const Timestamp now = net::read_monotonic();
  clock_.emplace(now);
  audio_timer_.arm(clock_->frame_time());
  if (!options_.seconds) return;
  leave_at_ =
      now + std::chrono::duration_cast<Duration>(std::chrono::duration<double>(*options_.seconds));
}

void Bot::on_media_connected(const MediaConnected& media) {
  had_media_ = true;
  playout_.reset();
  report_.on_media_connected(media.is_tcp);
  const Now now = net::read_clock();
  floor_report_.on_media_connected(now.wall);
  if (script_ && !options_.waits_for_signal) script_->start(now.mono);
  if (script_) script_timer_.arm(script_->deadline());
}

void Bot::play_script() {
  for (const std::string& failure :
       script_->tick(net::read_clock(), rtp_timestamp_ + codecs::kFrameSamples, out_)) {
    report_.say("script " + printable(failure));
  }
  if (script_->wants_to_leave()) return leave();
  drain();
  script_timer_.arm(script_->deadline());
}

// Without a script, whoever has something to play asks for the floor once and keeps it.
void Bot::press_and_hold() {
  if (script_ || has_pressed_) return;
  has_pressed_ = core_.press(
      {.room_id = core_.floor().talk_room(), .hands_free = true, .first_timestamp = rtp_timestamp_},
      net::read_clock(), out_);
}

void Bot::on_audio(const AudioReceived& audio) {
  floor_report_.on_audio(audio, net::read_clock());
  playout_.push({.slot = audio.slot,
                 .sequence = audio.sequence,
                 .timestamp = audio.timestamp,
                 .marker = audio.marker,
                 .opus = audio.opus},
                net::read_monotonic());
}

void Bot::on_refused(const api::Error& error) {
  complain(explain_refusal(error));
  finish(kRefused);
}

void Bot::on_audio_tick() {
  const Now now = net::read_clock();
  // After a stall the sockets are read first, so that what arrived meanwhile is played, not missed.
  if (now.mono - clock_->frame_time() > kStall && !std::exchange(has_waited_, true)) {
    return audio_timer_.arm(now.mono);
  }
  has_waited_ = false;
  for (Timestamp frame = clock_->frame_time(); clock_->take_frame(now.mono);
       frame = clock_->frame_time()) {
    play_frame(now);
    record_frame(now, frame);
  }
  if (leave_at_ && now.mono >= *leave_at_) return leave();
  drain();
  audio_timer_.arm(clock_->frame_time());
}

// The recording starts with the first media, so that none of it is spoken into the void.
void Bot::play_frame(Now now) {
  rtp_timestamp_ += codecs::kFrameSamples;
  floor_report_.tick(now.mono);
  if (!source_ || has_played_out_ || !had_media_) return;
  press_and_hold();
  // Nobody speaks into a shut gate.
  if (core_.floor().gate(now.mono).kind == FloorGate::Kind::shut) return;
  const auto packet = source_->next();
  if (!packet) {
    has_played_out_ = true;
    report_.say("play finished");
    core_.release(now, out_);
    return;
  }
  report_.play_started(now.wall);
  core_.send_audio(packet->opus, rtp_timestamp_, packet->level, now, out_);
}

void Bot::record_frame(Now now, Timestamp frame_time) {
  std::array<std::int16_t, codecs::kFrameSamples> mixed{};
  playout_.mix(frame_time, mixed);
  if (options_.record_file.empty()) return;
  recorder_.add(mixed, now.wall - (now.mono - frame_time));
}

bool Bot::write_files() {
  bool is_written = true;
  const auto check = [&is_written](const Result<void>& result) {
    if (result) return;
    complain(result.error().message);
    is_written = false;
  };
  if (!options_.record_file.empty()) check(write_file(options_.record_file, recorder_.to_wav()));
  if (recorder_.started()) report_.record_started(*recorder_.started());
  floor_report_.finish();
  if (!floor_report_.is_written()) {
    complain("The events file " + options_.events_file + " cannot be written.");
    is_written = false;
  }
  if (!options_.stats_file.empty()) {
    check(report_.write_stats(options_.stats_file, core_, playout_, sockets_->send_drops()));
  }
  return is_written;
}

}  // namespace parley::client
