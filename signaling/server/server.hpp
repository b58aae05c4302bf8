// The signaling service as one object: web server, control listener, core, store, timer and metrics
// on one loop. It decides nothing itself; it carries values between its parts.
#pragma once

#include <cstdint>
#include <memory>

#include "base/result.hpp"
#include "config/signaling_config.hpp"
#include "net/loop.hpp"

namespace parley::signaling {

class SignalingServer {
 public:
  struct Ports {
    std::uint16_t https = 0;
    std::uint16_t control = 0;
    std::uint16_t metrics = 0;  // 0: off
  };

  // Opens the store and the key file, loads the web application and listens. `loop` outlives it.
  static Result<std::unique_ptr<SignalingServer>> start(
      net::Loop& loop, const config::SignalingServiceConfig& config);
  SignalingServer(const SignalingServer&) = delete;
  SignalingServer& operator=(const SignalingServer&) = delete;
  ~SignalingServer();

  [[nodiscard]] Ports ports() const;
  // public_url, with the bound port where the configured port is 0.
  [[nodiscard]] const std::string& public_url() const;

  // SIGHUP: reads both certificates again. What fails is logged and stays as it was.
  void renew_certificates();
  // SIGTERM: tells everybody, waits until the WebSockets are closed but at most a second, then
  // stops the loop.
  void begin_end();

 private:
  struct State;
  explicit SignalingServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace parley::signaling
