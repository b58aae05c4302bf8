// The only file that includes libwebsockets. The library calls two C functions, one for HTTP and
// one for WebSocket; each is a table of one line per event.
#include "signaling/server/web_server.hpp"

#include <fcntl.h>
#include <libwebsockets.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/check.hpp"
#include "net/tcp_listener.hpp"
#include "net/timer.hpp"
#include "signaling/server/address_limit.hpp"
#include "signaling/server/response_headers.hpp"
#include "signaling/server/send_queue.hpp"

namespace parley::signaling {

namespace {

constexpr unsigned kHandshakeLimitSeconds = 5;  // TLS, then each HTTP request (security.md S10)
constexpr int kIdleHttpSeconds = 15;            // between two requests on one connection
constexpr int kCloseLimitSeconds = 5;           // for queued messages after close()
constexpr std::size_t kMaxRequestHeaders = 8192;
constexpr std::size_t kBodyChunk = 16 * 1024;
constexpr std::size_t kMaxOrigin = 300;  // bytes; longer ones are foreign
constexpr int kRefuse = -1;              // what a callback returns to end its connection

constexpr std::uint16_t kNotBinary = 1003;  // RFC 6455 7.4.1
constexpr std::uint16_t kTooBig = 1009;

// One open WebSocket.
struct WebSocket {
  explicit WebSocket(lws* the_wsi) : wsi(the_wsi), outgoing(LWS_PRE) {}
  lws* wsi;
  SendQueue outgoing;
  std::vector<std::uint8_t> incoming;  // fragments of a message so far
  std::uint16_t close_code = 0;        // not 0: closes with it once `outgoing` is empty
  bool is_dead = false;                // being closed without further writing
};

// What the library keeps for us in each connection. It zeroes them.
struct HttpSession {
  const std::uint8_t* body;
  std::size_t size;
  std::size_t sent;
};
struct WebSocketSession {
  std::uint64_t connection;
};

}  // namespace

struct WebServer::State {
  State(net::Loop& the_loop, WebServerOptions the_options, StaticFiles the_files,
        WebSocketHandlers the_handlers)
      : loop(the_loop),
        options(std::move(the_options)),
        files(std::move(the_files)),
        handlers(std::move(the_handlers)),
        limit(options.max_connections, options.max_connections_per_address),
        close_timer(loop, [this] { close_ready(); }) {}

  net::Loop& loop;
  WebServerOptions options;
  StaticFiles files;
  WebSocketHandlers handlers;
  AddressLimit limit;
  net::Timer close_timer;
  std::vector<ConnectionId> ready_to_close;  // nothing of theirs is left to write
  lws_context* context = nullptr;
  lws_vhost* vhost = nullptr;
  SSL_CTX* tls = nullptr;  // the library's
  std::vector<std::unique_ptr<net::TcpListener>> listeners;
  std::uint16_t port = 0;
  std::vector<std::string> origins;  // that may open a WebSocket
  bool is_ending = false;
  std::unordered_map<lws*, Endpoint> sockets;  // every TCP connection the library holds
  std::unordered_map<ConnectionId, WebSocket> websockets;
  std::uint64_t last_connection = 0;
  WebServerCounters counters;
  std::array<std::uint8_t, LWS_PRE + kBodyChunk> chunk{};

  Result<void> start_library();
  Result<void> listen();
  void on_accept(net::ConnectedSocket socket);
  void on_socket_gone(lws* wsi);

  int on_request(lws* wsi, HttpSession& session, std::string_view path);
  int respond(lws* wsi, HttpSession& session, unsigned status, const StaticFile& file);
  int write_body(lws* wsi, HttpSession& session);
  int check_upgrade(lws* wsi);

  int on_opened(lws* wsi, WebSocketSession& session);
  int on_received(lws* wsi, WebSocketSession& session, Bytes bytes);
  int on_writable(lws* wsi, WebSocketSession& session);
  void close_ready();
  void on_closed(WebSocketSession& session);
  WebSocket* find(ConnectionId connection);
  static void kill(WebSocket& socket);

  // What the library calls. Exceptions (out of memory) cannot cross it: noexcept ends the process.
  static State& of(lws* wsi) {
    return *static_cast<State*>(lws_context_user(lws_get_context(wsi)));
  }
  static int http_event(lws* wsi, lws_callback_reasons reason, void* user, void* in,
                        size_t length) noexcept;
  static int websocket_event(lws* wsi, lws_callback_reasons reason, void* user, void* in,
                             size_t length) noexcept;
};

namespace {

std::string header_of(lws* wsi, lws_token_indexes token, std::size_t max_bytes) {
  std::string text(max_bytes + 1, '\0');
  const int size = lws_hdr_copy(wsi, text.data(), static_cast<int>(text.size()), token);
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return text;
}

bool has_header(lws* wsi, lws_token_indexes token) { return lws_hdr_total_length(wsi, token) > 0; }

// A response body that is not a file.
StaticFile plain_text(std::string_view text) {
  const Bytes bytes = as_bytes(text);
  return {.bytes = {bytes.begin(), bytes.end()},
          .content_type = "text/plain; charset=utf-8",
          .cache_control = "no-store",
          .etag = ""};
}

const StaticFile& text_of_status(unsigned status) {
  static const StaticFile kNotFound = plain_text("There is nothing at this address.\n");
  static const StaticFile kNotAllowed = plain_text("Only GET and HEAD are answered here.\n");
  switch (status) {
    case HTTP_STATUS_METHOD_NOT_ALLOWED:
      return kNotAllowed;
    default:
      return kNotFound;
  }
}

// Header lines written into a buffer by the library; any failure means "did not fit".
class HeaderWriter {
 public:
  explicit HeaderWriter(lws* wsi) : wsi_(wsi), at_(buffer_.data() + LWS_PRE), begin_(at_) {}

  void begin(unsigned status, std::string_view content_type, lws_filepos_t content_length) {
    ok_ = lws_add_http_common_headers(wsi_, status, std::string(content_type).c_str(),
                                      content_length, &at_, end()) == 0;
  }
  void add(const char* name, std::string_view value) {
    ok_ = ok_ && lws_add_http_header_by_name(wsi_, reinterpret_cast<const std::uint8_t*>(name),
                                             reinterpret_cast<const std::uint8_t*>(value.data()),
                                             static_cast<int>(value.size()), &at_, end()) == 0;
  }
  [[nodiscard]] bool finish() {
    return ok_ && lws_finalize_write_http_header(wsi_, begin_, &at_, end()) == 0;
  }

 private:
  std::uint8_t* end() { return buffer_.data() + buffer_.size() - 1; }
  std::array<std::uint8_t, LWS_PRE + 2048> buffer_{};
  lws* wsi_;
  std::uint8_t* at_;
  std::uint8_t* begin_;
  bool ok_ = true;
};

}  // namespace

int WebServer::State::http_event(lws* wsi, lws_callback_reasons reason, void* user, void* in,
                                 size_t length) noexcept {
  switch (static_cast<int>(reason)) {
    case LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS: {
      auto* state = static_cast<State*>(lws_vhost_user(static_cast<lws_vhost*>(in)));
      state->tls = static_cast<SSL_CTX*>(user);
      set_modern_tls(state->tls);
      return 0;
    }
    case LWS_CALLBACK_HTTP:
      return of(wsi).on_request(wsi, *static_cast<HttpSession*>(user),
                                {static_cast<const char*>(in), length});
    case LWS_CALLBACK_HTTP_WRITEABLE:
      return of(wsi).write_body(wsi, *static_cast<HttpSession*>(user));
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
      return of(wsi).check_upgrade(wsi);
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
      return kRefuse;  // a WebSocket without our subprotocol
    case LWS_CALLBACK_WSI_DESTROY:
      of(wsi).on_socket_gone(wsi);
      return 0;
    default:
      return 0;  // events of the library that do not concern us
  }
}

int WebServer::State::websocket_event(lws* wsi, lws_callback_reasons reason, void* user, void* in,
                                      size_t length) noexcept {
  auto* session = static_cast<WebSocketSession*>(user);
  switch (static_cast<int>(reason)) {
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
      return of(wsi).check_upgrade(wsi);
    case LWS_CALLBACK_ESTABLISHED:
      return of(wsi).on_opened(wsi, *session);
    case LWS_CALLBACK_RECEIVE:
      return of(wsi).on_received(wsi, *session, {static_cast<const std::uint8_t*>(in), length});
    case LWS_CALLBACK_SERVER_WRITEABLE:
      return of(wsi).on_writable(wsi, *session);
    case LWS_CALLBACK_CLOSED:
      of(wsi).on_closed(*session);
      return 0;
    default:
      return 0;
  }
}

// --- starting and ending ---

Result<void> WebServer::State::start_library() {
  static const std::array<lws_protocols, 3> kProtocols{{
      {"http", &State::http_event, sizeof(HttpSession), 0, 0, nullptr, 0},
      {kWebSocketProtocol, &State::websocket_event, sizeof(WebSocketSession), 4096, 0, nullptr,
       64 * 1024},
      {nullptr, nullptr, 0, 0, 0, nullptr, 0},
  }};
  lws_set_log_level(0, nullptr);  // its lines name addresses and are not in our format
  void* foreign_loop = loop.raw();
  lws_context_creation_info info{};
  info.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
                 LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
  info.foreign_loops = &foreign_loop;
  info.user = this;
  info.pcontext = &context;
  info.gid = static_cast<decltype(info.gid)>(-1);
  info.uid = static_cast<decltype(info.uid)>(-1);
  info.server_string = "parley";
  info.max_http_header_data = kMaxRequestHeaders;
  info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
  context = lws_create_context(&info);
  if (context == nullptr) {
    return fail(ErrorCode::io,
                "libwebsockets does not start; is libwebsockets-evlib-uv installed?");
  }
  info.protocols = kProtocols.data();
  info.ssl_cert_filepath = options.certificate.certificate_file.c_str();
  info.ssl_private_key_filepath = options.certificate.key_file.c_str();
  info.alpn = "http/1.1";
  info.timeout_secs = kHandshakeLimitSeconds;
  info.timeout_secs_ah_idle = kHandshakeLimitSeconds;
  info.keepalive_timeout = kIdleHttpSeconds;
  vhost = lws_create_vhost(context, &info);
  if (vhost == nullptr || tls == nullptr) {
    return fail(ErrorCode::io, "libwebsockets does not take the TLS settings");
  }
  return {};
}

Result<void> WebServer::State::listen() {
  port = options.port;
  for (const IpAddress& address : options.listen) {
    auto listener = net::TcpListener::open(
        loop, {.address = address, .port = port},
        [this](net::ConnectedSocket socket) { on_accept(std::move(socket)); });
    if (!listener) return std::unexpected(listener.error());
    port = (*listener)->local_endpoint().port;
    listeners.push_back(*std::move(listener));
  }
  return {};
}

void WebServer::State::on_accept(net::ConnectedSocket socket) {
  const Endpoint remote = socket.remote;
  if (!limit.try_add(remote.address)) {
    ++counters.refused_limit;
    return;
  }
  // The library wants the bare descriptor; the handle closes its own.
  uv_os_fd_t own = -1;
  int fd = -1;
  if (uv_fileno(reinterpret_cast<const uv_handle_t*>(socket.handle.get()), &own) == 0) {
    fd = ::fcntl(own, F_DUPFD_CLOEXEC, 0);
  }
  lws* wsi = fd < 0 ? nullptr : lws_adopt_socket_vhost(vhost, fd);
  if (wsi == nullptr) {
    limit.remove(remote.address);
    ++counters.refused_limit;
    return;
  }
  ++counters.accepted;
  sockets.emplace(wsi, remote);
}

void WebServer::State::on_socket_gone(lws* wsi) {
  const auto found = sockets.find(wsi);
  if (found == sockets.end()) return;  // the library's own, or gone before it was adopted
  limit.remove(found->second.address);
  sockets.erase(found);
}

// --- HTTP ---

int WebServer::State::on_request(lws* wsi, HttpSession& session, std::string_view path) {
  ++counters.http_requests;
  if (!has_header(wsi, WSI_TOKEN_GET_URI) && !has_header(wsi, WSI_TOKEN_HEAD_URI)) {
    constexpr unsigned kStatus = HTTP_STATUS_METHOD_NOT_ALLOWED;
    return respond(wsi, session, kStatus, text_of_status(kStatus));
  }
  const StaticFile* file = files.find(path);
  if (file == nullptr) {
    constexpr unsigned kStatus = HTTP_STATUS_NOT_FOUND;
    return respond(wsi, session, kStatus, text_of_status(kStatus));
  }
  const bool is_known =
      header_of(wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH, 2 * file->etag.size()) == file->etag;
  return respond(wsi, session, is_known ? HTTP_STATUS_NOT_MODIFIED : HTTP_STATUS_OK, *file);
}

int WebServer::State::respond(lws* wsi, HttpSession& session, unsigned status,
                              const StaticFile& file) {
  const bool has_body = status != HTTP_STATUS_NOT_MODIFIED && !has_header(wsi, WSI_TOKEN_HEAD_URI);
  HeaderWriter headers(wsi);
  headers.begin(status, file.content_type, file.bytes.size());
  headers.add("cache-control:", file.cache_control);
  if (!file.etag.empty()) headers.add("etag:", file.etag);
  if (status == HTTP_STATUS_METHOD_NOT_ALLOWED) headers.add("allow:", "GET, HEAD");
  for (const ResponseHeader& header : security_headers(options.with_hsts)) {
    headers.add(header.name, header.value);
  }
  if (!headers.finish()) return kRefuse;
  if (!has_body || file.bytes.empty())
    return lws_http_transaction_completed(wsi) != 0 ? kRefuse : 0;
  session = {.body = file.bytes.data(), .size = file.bytes.size(), .sent = 0};
  lws_callback_on_writable(wsi);
  return 0;
}

int WebServer::State::write_body(lws* wsi, HttpSession& session) {
  if (session.body == nullptr) return 0;
  const std::size_t size = std::min(session.size - session.sent, kBodyChunk);
  const bool is_last = session.sent + size == session.size;
  std::copy_n(session.body + session.sent, size, chunk.begin() + LWS_PRE);
  const int written =
      lws_write(wsi, chunk.data() + LWS_PRE, size, is_last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP);
  if (written < static_cast<int>(size)) return kRefuse;
  session.sent += size;
  if (!is_last) {
    lws_callback_on_writable(wsi);
    return 0;
  }
  session = {};
  return lws_http_transaction_completed(wsi) != 0 ? kRefuse : 0;
}

// Before a WebSocket is opened: the one path, and only pages that may (security.md S10). Browsers
// send Origin with every WebSocket; the address of a page is no secret, so this protects people
// from other pages, not the server from programs.
int WebServer::State::check_upgrade(lws* wsi) {
  if (header_of(wsi, WSI_TOKEN_GET_URI, 64) != kWebSocketPath || is_ending) {
    return kRefuse;
  }
  if (!has_header(wsi, WSI_TOKEN_ORIGIN)) return 0;
  const std::string origin = header_of(wsi, WSI_TOKEN_ORIGIN, kMaxOrigin);
  if (std::ranges::find(origins, origin) != origins.end()) return 0;
  ++counters.refused_origin;
  return kRefuse;
}

// --- WebSocket ---

int WebServer::State::on_opened(lws* wsi, WebSocketSession& session) {
  if (is_ending) return kRefuse;
  const auto socket = sockets.find(wsi);
  if (socket == sockets.end()) return kRefuse;
  const ConnectionId connection{++last_connection};
  session.connection = connection.value;
  websockets.emplace(connection, WebSocket(wsi));
  handlers.on_opened(connection, socket->second);
  return 0;
}

int WebServer::State::on_received(lws* wsi, WebSocketSession& session, Bytes bytes) {
  WebSocket* socket = find(ConnectionId{session.connection});
  if (socket == nullptr || is_ending || socket->is_dead || socket->close_code != 0) return 0;
  if (lws_frame_is_binary(wsi) == 0) {
    ++counters.closed_not_binary;
    lws_close_reason(wsi, static_cast<lws_close_status>(kNotBinary), nullptr, 0);
    return kRefuse;
  }
  if (socket->incoming.size() + bytes.size() > options.max_message_bytes) {
    ++counters.closed_too_big;
    lws_close_reason(wsi, static_cast<lws_close_status>(kTooBig), nullptr, 0);
    return kRefuse;
  }
  socket->incoming.insert(socket->incoming.end(), bytes.begin(), bytes.end());
  if (lws_is_final_fragment(wsi) == 0) return 0;
  // Taken out first, because the handler may change the table of sockets.
  const std::vector<std::uint8_t> message = std::exchange(socket->incoming, {});
  handlers.on_message(ConnectionId{session.connection}, message);
  return 0;
}

int WebServer::State::on_writable(lws* wsi, WebSocketSession& session) {
  WebSocket* socket = find(ConnectionId{session.connection});
  if (socket == nullptr || socket->is_dead) return 0;
  if (!socket->outgoing.empty()) {
    const MutableBytes padded = socket->outgoing.front();
    const std::size_t size = padded.size() - LWS_PRE;
    const int written = lws_write(wsi, padded.data() + LWS_PRE, size, LWS_WRITE_BINARY);
    if (written < static_cast<int>(size)) return kRefuse;
    socket->outgoing.pop();
    if (!socket->outgoing.empty() || socket->close_code != 0) lws_callback_on_writable(wsi);
    return 0;
  }
  if (socket->close_code != 0) {
    ready_to_close.push_back(ConnectionId{session.connection});
    close_timer.arm(Timestamp{});
  }
  return 0;
}

// The library ends a connection without a close frame when its writable event fails, and sends one
// when it is told to close from outside its events. So closing happens here, in a turn of its own.
void WebServer::State::close_ready() {
  for (const ConnectionId connection : std::exchange(ready_to_close, {})) {
    WebSocket* socket = find(connection);
    if (socket == nullptr || std::exchange(socket->is_dead, true)) continue;
    lws_close_reason(socket->wsi, static_cast<lws_close_status>(socket->close_code), nullptr, 0);
    lws_set_timeout(socket->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_SYNC);
  }
}

void WebServer::State::on_closed(WebSocketSession& session) {
  const ConnectionId connection{session.connection};
  if (websockets.erase(connection) != 0 && !is_ending) handlers.on_closed(connection);
}

WebSocket* WebServer::State::find(ConnectionId connection) {
  const auto found = websockets.find(connection);
  return found == websockets.end() ? nullptr : &found->second;
}

void WebServer::State::kill(WebSocket& socket) {
  socket.is_dead = true;
  lws_set_timeout(socket.wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
}

// --- the class ---

WebServer::WebServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<WebServer>> WebServer::start(net::Loop& loop, WebServerOptions options,
                                                    StaticFiles files, WebSocketHandlers handlers) {
  if (auto checked = check_certificate(options.certificate); !checked) {
    return std::unexpected(checked.error());
  }
  // From here on the destructor cleans up, however far the start came.
  std::unique_ptr<WebServer> server(new WebServer(
      std::make_unique<State>(loop, std::move(options), std::move(files), std::move(handlers))));
  if (auto started = server->state_->start_library(); !started) {
    return std::unexpected(started.error());
  }
  if (auto listening = server->state_->listen(); !listening) {
    return std::unexpected(listening.error());
  }
  return server;
}

// On a foreign loop the library closes its handles over several turns, and clears `context` when it
// has let go of everything. Until its loop has run once it does so only when it is asked again.
WebServer::~WebServer() {
  constexpr int kRounds = 2;
  constexpr int kTurns = 100;
  state_->is_ending = true;
  state_->listeners.clear();
  for (int round = 0; round < kRounds && state_->context != nullptr; ++round) {
    lws_context_destroy(state_->context);
    for (int turn = 0; turn < kTurns && state_->context != nullptr; ++turn) {
      uv_run(state_->loop.raw(), UV_RUN_NOWAIT);
    }
  }
}

std::uint16_t WebServer::port() const { return state_->port; }

void WebServer::allow_origins(std::vector<std::string> origins) {
  state_->origins = std::move(origins);
}

void WebServer::send(ConnectionId to, std::string_view message) {
  WebSocket* socket = state_->find(to);
  if (socket == nullptr || socket->is_dead || socket->close_code != 0) return;
  if (!socket->outgoing.push(as_bytes(message))) {
    ++state_->counters.closed_slow;
    State::kill(*socket);
    return;
  }
  lws_callback_on_writable(socket->wsi);
}

void WebServer::close(ConnectionId connection, std::uint16_t code) {
  WebSocket* socket = state_->find(connection);
  if (socket == nullptr || socket->is_dead || socket->close_code != 0) return;
  socket->close_code = code;
  lws_set_timeout(socket->wsi, PENDING_TIMEOUT_USER_REASON_BASE, kCloseLimitSeconds);
  lws_callback_on_writable(socket->wsi);
}

void WebServer::stop_listening() { state_->listeners.clear(); }

std::size_t WebServer::websocket_count() const { return state_->websockets.size(); }

Result<void> WebServer::renew_certificate() {
  return use_certificate(state_->tls, state_->options.certificate);
}

const WebServerCounters& WebServer::counters() const { return state_->counters; }

}  // namespace parley::signaling
