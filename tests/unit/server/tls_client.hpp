// A small blocking client: TLS by OpenSSL, HTTP by hand, WebSocket frames by hand, so that it can
// say the wrong things as well.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "protocol/client.pb.h"

namespace parley::signaling {

struct ClientCertificate {
  std::filesystem::path certificate;
  std::filesystem::path key;
};

class TlsClient {
 public:
  struct Options {
    std::filesystem::path ca_file;
    std::optional<ClientCertificate> certificate = std::nullopt;
    int max_version = 0;  // 0: the newest
  };
  // Connects to 127.0.0.1. is_open() tells whether the handshake was done.
  TlsClient(std::uint16_t port, const Options& options);
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;
  ~TlsClient();

  [[nodiscard]] bool is_open() const { return open_; }
  // The server's certificate in hexadecimal SHA-256.
  [[nodiscard]] std::string server_fingerprint() const;
  bool write(Bytes bytes);
  bool write(std::string_view text) { return write(as_bytes(text)); }
  // Exactly `count` bytes, or fewer at the end of the stream.
  std::string read(std::size_t count);
  std::string read_until(std::string_view end);  // including it
  std::string read_all();

 private:
  SSL_CTX* context_;
  SSL* tls_;
  int fd_;
  bool open_ = false;
};

struct HttpResponse {
  int status = 0;    // 0: none came
  std::string head;  // status line and headers, in lower case
  std::string body;
};
[[nodiscard]] HttpResponse http(TlsClient& client, std::string_view method, std::string_view path,
                                std::string_view extra_headers = "");

struct WsFrame {
  int opcode = -1;  // -1: the connection ended
  std::string payload;
  [[nodiscard]] int close_code() const;  // of a close frame; else 0
};

// One WebSocket. Frames are masked as RFC 6455 5.3 wants, unless told.
class WsClient {
 public:
  struct Request {
    std::string path = "/ws";
    std::string protocol = "parley.v1";
    std::string origin = {};  // empty: none
  };
  WsClient(std::uint16_t port, const std::filesystem::path& ca_file, const Request& request);
  WsClient(std::uint16_t port, const std::filesystem::path& ca_file)
      : WsClient(port, ca_file, Request()) {}

  [[nodiscard]] bool is_open() const { return open_; }
  [[nodiscard]] const std::string& head() const { return head_; }  // of the answer
  bool send_frame(int opcode, std::string_view payload, bool is_final = true,
                  bool is_masked = true);
  bool send(const api::ClientMessage& message) {
    return send_frame(2, message.SerializeAsString());
  }
  WsFrame read_frame();
  // The next message of the server; fails the test when something else comes.
  api::ServerMessage receive();
  // send() and receive().
  api::ServerMessage ask(const api::ClientMessage& message);
  // Hello and the answer to it.
  api::ServerMessage greet();
  TlsClient& raw() { return tls_; }

 private:
  TlsClient tls_;
  std::string head_;
  bool open_ = false;
};

}  // namespace parley::signaling
