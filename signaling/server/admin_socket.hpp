// The door for parley-admin: a UNIX socket, for root and this service's own user. Each frame in is
// one admin.Request, each frame out its admin.Answer, in order.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "net/loop.hpp"
#include "protocol/admin.pb.h"

namespace parley::signaling {

class AdminSocket {
 public:
  // A request that keeps the limits of the schema. answer() follows, at once or later; until then
  // its connection is not read.
  using OnRequest = std::function<void(AdminRequestId, const admin::Request&)>;
  // A connection that is not served: for one log line.
  using OnRefused = std::function<void(std::string_view reason)>;
  static constexpr std::size_t kMaxConnections = 8;  // more are told so and closed

  // Errors as of net::UnixListener. Handlers run in the loop's thread and must not destroy this.
  static Result<std::unique_ptr<AdminSocket>> start(net::Loop& loop,
                                                    const std::filesystem::path& file,
                                                    OnRequest on_request,
                                                    OnRefused on_refused = {});
  AdminSocket(const AdminSocket&) = delete;
  AdminSocket& operator=(const AdminSocket&) = delete;
  ~AdminSocket();

  // Nothing when whoever asked has gone.
  void answer(AdminRequestId request, const admin::Answer& answer);

 private:
  struct State;
  explicit AdminSocket(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace parley::signaling
