#include "tests/unit/server/tls_client.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>

namespace parley::signaling {

namespace {

constexpr int kPatienceSeconds = 20;  // a test that waits longer has failed

int connect_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{.tv_sec = kPatienceSeconds, .tv_usec = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
  return fd;
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  return text;
}

}  // namespace

TlsClient::TlsClient(std::uint16_t port, const Options& options)
    : context_(SSL_CTX_new(TLS_client_method())), fd_(connect_to(port)) {
  std::signal(SIGPIPE, SIG_IGN);  // writing to a connection that was refused is an error code
  EXPECT_EQ(SSL_CTX_load_verify_locations(context_, options.ca_file.c_str(), nullptr), 1);
  SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
  if (options.certificate) {
    EXPECT_EQ(
        SSL_CTX_use_certificate_chain_file(context_, options.certificate->certificate.c_str()), 1);
    EXPECT_EQ(
        SSL_CTX_use_PrivateKey_file(context_, options.certificate->key.c_str(), SSL_FILETYPE_PEM),
        1);
  }
  if (options.max_version != 0) {
    SSL_CTX_set_security_level(context_, 0);
    SSL_CTX_set_min_proto_version(context_, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_, options.max_version);
  }
  tls_ = SSL_new(context_);
  SSL_set_fd(tls_, fd_);
  open_ = SSL_connect(tls_) == 1;
}

TlsClient::~TlsClient() {
  SSL_free(tls_);
  SSL_CTX_free(context_);
  ::close(fd_);
}

std::string TlsClient::server_fingerprint() const {
  X509* certificate = SSL_get0_peer_certificate(tls_);
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned size = 0;
  if (certificate == nullptr) return "";
  X509_digest(certificate, EVP_sha256(), hash.data(), &size);
  return {reinterpret_cast<const char*>(hash.data()), size};
}

bool TlsClient::write(Bytes bytes) {
  return SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size())) ==
         static_cast<int>(bytes.size());
}

std::string TlsClient::read(std::size_t count) {
  std::string out(count, '\0');
  std::size_t have = 0;
  while (have < count) {
    const int got = SSL_read(tls_, out.data() + have, static_cast<int>(count - have));
    if (got <= 0) break;
    have += static_cast<std::size_t>(got);
  }
  out.resize(have);
  return out;
}

std::string TlsClient::read_until(std::string_view end) {
  std::string out;
  while (!out.ends_with(end)) {
    const std::string next = read(1);
    if (next.empty()) break;
    out += next;
  }
  return out;
}

std::string TlsClient::read_all() {
  std::string out;
  while (true) {
    const std::string next = read(1);
    if (next.empty()) return out;
    out += next;
  }
}

HttpResponse http(TlsClient& client, std::string_view method, std::string_view path,
                  std::string_view extra_headers) {
  std::string request(method);
  request += " ";
  request += path;
  request += " HTTP/1.1\r\nHost: localhost\r\n";
  request += extra_headers;
  client.write(request + "\r\n");
  HttpResponse response;
  response.head = lower(client.read_until("\r\n\r\n"));
  if (response.head.size() > 12) response.status = std::atoi(response.head.c_str() + 9);
  const std::size_t length = response.head.find("content-length: ");
  if (length != std::string::npos && method != "HEAD" && response.status != 304) {
    response.body = client.read(static_cast<std::size_t>(
        std::atoi(response.head.c_str() + length + std::string_view("content-length: ").size())));
  }
  return response;
}

int WsFrame::close_code() const {
  if (opcode != 8 || payload.size() < 2) return 0;
  return ByteReader(as_bytes(payload)).u16();
}

WsClient::WsClient(std::uint16_t port, const std::filesystem::path& ca_file, const Request& request)
    : tls_(port, {.ca_file = ca_file}) {
  std::string text = "GET " + request.path +
                     " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                     "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  if (!request.protocol.empty()) text += "Sec-WebSocket-Protocol: " + request.protocol + "\r\n";
  if (!request.origin.empty()) text += "Origin: " + request.origin + "\r\n";
  // Offered, and not to be taken: no compression (security.md S10).
  text += "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n";
  tls_.write(text);
  head_ = lower(tls_.read_until("\r\n\r\n"));
  open_ = head_.starts_with("http/1.1 101");
}

bool WsClient::send_frame(int opcode, std::string_view payload, bool is_final, bool is_masked) {
  std::string frame;
  frame += static_cast<char>((is_final ? 0x80 : 0) | opcode);
  const char mask_bit = is_masked ? static_cast<char>(0x80) : '\0';
  if (payload.size() < 126) {
    frame += static_cast<char>(mask_bit | static_cast<char>(payload.size()));
  } else {
    frame += static_cast<char>(mask_bit | 126);
    frame += static_cast<char>(payload.size() >> 8);
    frame += static_cast<char>(payload.size() & 255);
  }
  const std::string_view mask = "\x11\x22\x33\x44";
  if (is_masked) frame += mask;
  for (std::size_t i = 0; i < payload.size(); ++i) {
    frame += is_masked ? static_cast<char>(payload[i] ^ mask[i % 4]) : payload[i];
  }
  return tls_.write(frame);
}

WsFrame WsClient::read_frame() {
  const std::string head = tls_.read(2);
  if (head.size() < 2) return {};
  std::size_t size = static_cast<std::uint8_t>(head[1]);
  if (size == 126) size = ByteReader(as_bytes(tls_.read(2))).u16();
  if (size == 127) size = ByteReader(as_bytes(tls_.read(8))).u64();
  return {.opcode = head[0] & 15, .payload = tls_.read(size)};
}

api::ServerMessage WsClient::receive() {
  api::ServerMessage message;
  const WsFrame frame = read_frame();
  EXPECT_EQ(frame.opcode, 2);
  EXPECT_TRUE(message.ParseFromString(frame.payload));
  return message;
}

api::ServerMessage WsClient::ask(const api::ClientMessage& message) {
  EXPECT_TRUE(send(message));
  return receive();
}

api::ServerMessage WsClient::greet() {
  api::ClientMessage message;
  message.set_request_id(1);
  message.mutable_hello()->set_min_version(2);
  message.mutable_hello()->set_max_version(2);
  message.mutable_hello()->set_agent("test");
  return ask(message);
}

}  // namespace parley::signaling
