// The connection to Janus' transport of Unix sockets (SOCK_SEQPACKET): one message of JSON in each
// packet. Polled; only wait() waits.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "net/descriptor.hpp"

namespace parley::client {

class JanusLink {
 public:
  // Janus takes no longer message; an answer for 30 talkers stays below it.
  static constexpr std::size_t kMaxRequest = 8191;
  static constexpr std::size_t kMaxReply = 64 * 1024;  // longer ones are cut, and so no JSON
  static constexpr std::size_t kMaxWaiting = 65536;    // requests; more is our own mistake

  // unavailable: nobody listens at `path`.
  static Result<std::unique_ptr<JanusLink>> connect(const std::string& path);

  // Sends, or keeps what the kernel does not take now for poll(). Errors: resource_exhausted.
  Result<void> send(std::string request);
  // Sends what waits.
  void poll();
  // The next message, valid until the next call. nullopt: none is there, or is_closed().
  std::optional<std::string_view> receive();
  // Until a message can be received or `limit` is over.
  void wait(Duration limit);
  [[nodiscard]] bool is_closed() const { return closed_; }

 private:
  explicit JanusLink(int fd);

  net::Descriptor socket_;
  std::deque<std::string> waiting_;
  std::vector<char> buffer_;
  bool closed_ = false;
};

}  // namespace parley::client
