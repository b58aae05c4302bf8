// One TLS 1.3 connection between two byte streams, without a socket: OpenSSL on memory BIOs.
#pragma once

#include <memory>
#include <string>

#include "base/bytes.hpp"
#include "net/tls_context.hpp"

struct ssl_st;

namespace parley::net {

class TlsSession {
 public:
  enum class State : std::uint8_t {
    handshaking,
    open,
    closed,  // the peer said close_notify
    failed,
  };

  // `server_name`: for a client, the name that the server's certificate must carry.
  TlsSession(const TlsContext& context, const std::string& server_name);

  // Bytes from the network; then call handshake() or read().
  void feed(Bytes received);
  // Goes on with the handshake as far as the bytes allow (a client's first call starts it).
  State handshake();
  // Decrypted bytes in `out`'s front: how many, 0 when more are needed or state() tells an end.
  [[nodiscard]] std::size_t read(MutableBytes out);
  // Encrypts; only when open.
  bool write(Bytes plain);
  void shut_down();  // close_notify
  // Bytes for the network, valid until the next call of any function; then drop_output().
  [[nodiscard]] Bytes output() const;
  void drop_output();

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] const std::string& failure() const { return failure_; }  // one sentence
  [[nodiscard]] std::string peer_name() const;

 private:
  struct Free {
    void operator()(ssl_st* ssl) const;
  };
  void on_result(int result);

  std::unique_ptr<ssl_st, Free> ssl_;
  State state_ = State::handshaking;
  std::string failure_;
};

}  // namespace parley::net
