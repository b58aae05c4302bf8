#include "sfu/node/control_link.hpp"

#include <utility>

#include "net/clock.hpp"
#include "protocol/limits.hpp"
#include "service/logging.hpp"

namespace parley::sfu {
namespace {

constexpr std::size_t kMaxErrorText = 256;  // NodeError.message
constexpr Backoff::Limits kBackoff{.first = std::chrono::milliseconds(100),
                                   .longest = std::chrono::seconds(5)};

}  // namespace

Result<std::unique_ptr<ControlLink>> ControlLink::open(net::Loop& loop,
                                                       ControlLinkSettings settings,
                                                       RandomSource& random, Handlers handlers) {
  auto context = net::TlsContext::load(net::TlsRole::client, settings.files);
  if (!context) return std::unexpected(std::move(context.error()));
  return std::unique_ptr<ControlLink>(
      new ControlLink(loop, std::move(settings), *std::move(context), random, std::move(handlers)));
}

ControlLink::ControlLink(net::Loop& loop, ControlLinkSettings settings, net::TlsContext context,
                         RandomSource& random, Handlers handlers)
    : loop_(&loop),
      settings_(std::move(settings)),
      context_(std::move(context)),
      handlers_(std::move(handlers)),
      backoff_(random, kBackoff),
      reconnect_timer_(loop, [this] { connect(); }),
      silence_timer_(loop, [this] { on_closed("no message within the time limit"); }) {
  reconnect_timer_.arm(Timestamp{});
}

void ControlLink::connect() {
  stream_ = net::TlsStream::connect(
      *loop_, settings_.host, settings_.port, settings_.server_name, context_,
      {.max_message_bytes = protocol::kMaxControlMessage},
      {.on_open = [this] { on_open(); },
       .on_message = [this](Bytes message) { on_bytes(message); },
       .on_closed = [this](std::string_view reason) { on_closed(reason); }});
}

void ControlLink::on_open() {
  is_up_ = true;
  counters_.connects += 1;
  silence_timer_.arm(net::read_monotonic() + settings_.silence);
  if (is_paused_) stream_->pause_reading();
  handlers_.on_up();
}

void ControlLink::on_bytes(Bytes message) {
  silence_timer_.arm(net::read_monotonic() + settings_.silence);
  control::ToNode decoded;
  if (const auto ok = protocol::decode(message, protocol::kMaxControlMessage, decoded); !ok) {
    if (ok.error().error == protocol::DecodeError::limit_exceeded) {
      refuse(decoded.request_id(), ok.error().detail);
    } else {
      on_closed("a message could not be decoded: " + ok.error().detail);
    }
    return;
  }
  // Only a service that speaks with us ends the back-off: one that takes the connection and then
  // refuses our certificate does not.
  backoff_.reset();
  if (!last_reason_.empty() || counters_.messages_in == 0) {
    service::log_info("link to the signaling service is up", {{"host", settings_.host}});
    last_reason_.clear();
  }
  counters_.messages_in += 1;
  handlers_.on_message(decoded);
}

void ControlLink::refuse(std::uint32_t request_id, const std::string& detail) {
  counters_.refused_messages += 1;
  service::log_warning("a message of the signaling service is over a limit", {{"detail", detail}});
  control::FromNode answer;
  answer.set_request_id(request_id);
  answer.mutable_error()->set_code(control::NodeError::LIMIT_EXCEEDED);
  answer.mutable_error()->set_message(detail.substr(0, kMaxErrorText));
  send(answer);
}

void ControlLink::on_closed(std::string_view reason) {
  // The same failure again and again is one line.
  if (reason != last_reason_) {
    last_reason_ = reason;
    service::log_warning("no link to the signaling service, trying again",
                         {{"host", settings_.host}, {"reason", reason}});
  }
  stream_.reset();
  silence_timer_.disarm();
  reconnect_timer_.arm(net::read_monotonic() + backoff_.next());
  if (std::exchange(is_up_, false)) handlers_.on_down();
}

bool ControlLink::send(const control::FromNode& message) {
  if (!is_up_ || !stream_->send(as_bytes(message.SerializeAsString()))) return false;
  counters_.messages_out += 1;
  return true;
}

void ControlLink::pause() {
  is_paused_ = true;
  if (stream_) stream_->pause_reading();
}

void ControlLink::resume() {
  if (!std::exchange(is_paused_, false) || !stream_) return;
  // The silence was ours.
  if (is_up_) silence_timer_.arm(net::read_monotonic() + settings_.silence);
  stream_->resume_reading();
}

Result<void> ControlLink::renew_certificates() {
  auto context = net::TlsContext::load(net::TlsRole::client, settings_.files);
  if (!context) return std::unexpected(std::move(context.error()));
  context_ = *std::move(context);
  return {};
}

void ControlLink::close() {
  reconnect_timer_.disarm();
  silence_timer_.disarm();
  is_up_ = false;
  if (stream_) stream_->close();
}

}  // namespace parley::sfu
