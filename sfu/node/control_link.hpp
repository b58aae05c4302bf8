// The node's connection to the signaling service: keeps it up for ever, decodes what comes, and
// never touches media. Lives on the node's main loop.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/backoff.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "net/loop.hpp"
#include "net/timer.hpp"
#include "net/tls_context.hpp"
#include "net/tls_stream.hpp"
#include "protocol/control.pb.h"

namespace parley::sfu {

// Signaling sends a ping every 5 s; a link without any message for this long is dead. Shorter: a
// stalled network costs a new link; longer: a dead service is noticed later.
inline constexpr Duration kLinkSilence = std::chrono::seconds(15);

struct ControlLinkSettings {
  std::string host;
  std::uint16_t port = 0;
  std::string server_name;
  net::TlsFiles files;
  Duration silence = kLinkSilence;
};

struct ControlLinkCounters {
  std::uint64_t connects = 0;  // links that came up
  std::uint64_t messages_in = 0;
  std::uint64_t messages_out = 0;
  std::uint64_t refused_messages = 0;  // from signaling, over a limit of the schema
};

class ControlLink {
 public:
  struct Handlers {
    std::function<void()> on_up;
    std::function<void(const control::ToNode&)> on_message;  // within the limits of the schema
    std::function<void()> on_down;                           // after on_up only
  };

  // `random` outlives the link. Handlers run on the loop's thread and must not destroy the link.
  // Errors: those of TlsContext::load.
  static Result<std::unique_ptr<ControlLink>> open(net::Loop& loop, ControlLinkSettings settings,
                                                   RandomSource& random, Handlers handlers);
  ControlLink(const ControlLink&) = delete;
  ControlLink& operator=(const ControlLink&) = delete;

  // False, and the message is lost, while the link is down.
  bool send(const control::FromNode& message);
  // Backpressure: no on_message until resume().
  void pause();
  void resume();
  // Reads the certificates again, for the next connection. On an error the old ones stay in use.
  [[nodiscard]] Result<void> renew_certificates();
  // For good.
  void close();

  [[nodiscard]] bool is_up() const { return is_up_; }
  [[nodiscard]] const ControlLinkCounters& counters() const { return counters_; }

 private:
  ControlLink(net::Loop& loop, ControlLinkSettings settings, net::TlsContext context,
              RandomSource& random, Handlers handlers);
  void connect();
  void on_open();
  void on_bytes(Bytes message);
  void on_closed(std::string_view reason);
  void refuse(std::uint32_t request_id, const std::string& detail);

  net::Loop* loop_;
  ControlLinkSettings settings_;
  net::TlsContext context_;
  Handlers handlers_;
  Backoff backoff_;
  ControlLinkCounters counters_;
  bool is_up_ = false;
  bool is_paused_ = false;
  std::string last_reason_;  // of the last failure that was logged
  net::Timer reconnect_timer_;
  net::Timer silence_timer_;
  std::unique_ptr<net::TlsStream> stream_;
};

}  // namespace parley::sfu
