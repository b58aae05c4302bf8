#include "client/bot/ws_client.hpp"

#include <libwebsockets.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <array>
#include <deque>
#include <fstream>
#include <utility>
#include <vector>

namespace parley::client {
namespace {

constexpr int kConnectLimitSeconds = 8;
// What the library may take to close its handles at the end.
constexpr int kClosingRounds = 5;
constexpr int kClosingTurns = 100;

int on_lws(lws* wsi, lws_callback_reasons reason, void* user, void* in, std::size_t length);

// The library's words as one clause of a sentence.
std::string_view explain_failure(std::string_view text) {
  text = text.substr(0, text.find('\0'));
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  // This is all it says when nobody listens there.
  if (text.empty() || text == "closed before established") return "nobody answers there";
  return text;
}

constexpr const char* kProtocolName = "parley.v1";
const std::array<lws_protocols, 2> kProtocols = {{
    {kProtocolName, on_lws, 0, 16 * 1024, 0, nullptr, 0},
    {nullptr, nullptr, 0, 0, 0, nullptr, 0},
}};

}  // namespace

struct WsClient::State {
  State(std::shared_ptr<WsLibrary> shared, WsOptions opts, WsHandlers given)
      : library(std::move(shared)), options(std::move(opts)), handlers(std::move(given)) {}

  int on_event(lws* wsi, lws_callback_reasons reason, void* user, void* in, std::size_t length);
  void note_verification(X509_STORE_CTX* verification);
  int on_bytes(lws* wsi, Bytes bytes);
  int on_writable(lws* wsi);
  void on_ended(std::string_view reason);
  void give_up();

  std::shared_ptr<WsLibrary> library;
  WsOptions options;
  WsHandlers handlers;
  lws* current = nullptr;    // the only connection whose events come here
  bool is_starting = false;  // connect() was called, and neither outcome has been told
  bool is_open = false;
  bool is_closing = false;  // close when nothing waits any more
  std::deque<std::string> queue;
  std::size_t queued_bytes = 0;
  std::vector<std::uint8_t> message;  // fragments so far
  std::string certificate_problem;    // of the connection that is being made
};

namespace {

int on_lws(lws* wsi, lws_callback_reasons reason, void* user, void* in, std::size_t length) {
  auto* state =
      wsi == nullptr ? nullptr : static_cast<WsClient::State*>(lws_get_opaque_user_data(wsi));
  if (state != nullptr) return state->on_event(wsi, reason, user, in, length);
  // Of a connection that was given up: it is closed as soon as it shows up.
  return reason == LWS_CALLBACK_CLIENT_ESTABLISHED || reason == LWS_CALLBACK_CLIENT_WRITEABLE ||
                 reason == LWS_CALLBACK_CLIENT_RECEIVE
             ? -1
             : 0;
}

}  // namespace

int WsClient::State::on_event(lws* wsi, lws_callback_reasons reason, void* user, void* in,
                              std::size_t length) {
  switch (reason) {
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
      is_open = true;
      is_starting = false;
      handlers.on_open();
      return 0;
    case LWS_CALLBACK_CLIENT_RECEIVE:
      return on_bytes(wsi, Bytes(static_cast<const std::uint8_t*>(in), length));
    case LWS_CALLBACK_CLIENT_WRITEABLE:
      return on_writable(wsi);
    case LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION:
      note_verification(static_cast<X509_STORE_CTX*>(user));
      return 0;  // what the library found stands
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
      lws_set_opaque_user_data(wsi, nullptr);
      on_ended(!certificate_problem.empty()
                   ? std::string_view(certificate_problem)
                   : explain_failure({static_cast<const char*>(in), length}));
      return 0;
    case LWS_CALLBACK_CLIENT_CLOSED:
    case LWS_CALLBACK_WSI_DESTROY:
      lws_set_opaque_user_data(wsi, nullptr);
      on_ended("the server closed the connection");
      return 0;
    default:  // the library has a hundred more events, and adds some with each version
      return 0;
  }
}

void WsClient::State::note_verification(X509_STORE_CTX* verification) {
  const int problem = verification == nullptr ? X509_V_OK : X509_STORE_CTX_get_error(verification);
  if (problem == X509_V_OK) return;
  certificate_problem = std::string("its certificate is not trusted (") +
                        X509_verify_cert_error_string(problem) + ")";
}

int WsClient::State::on_bytes(lws* wsi, Bytes bytes) {
  if (message.size() + bytes.size() > options.max_message_bytes) return -1;
  message.insert(message.end(), bytes.begin(), bytes.end());
  if (lws_is_final_fragment(wsi) == 0 || lws_remaining_packet_payload(wsi) != 0) return 0;
  const std::vector<std::uint8_t> whole = std::exchange(message, {});
  if (lws_frame_is_binary(wsi) == 0) return 0;  // text is not part of the protocol
  handlers.on_message(whole);
  return wsi == current ? 0 : -1;  // the handler may have started a new connection
}

int WsClient::State::on_writable(lws* wsi) {
  if (!queue.empty()) {
    const std::string text = std::move(queue.front());
    queue.pop_front();
    queued_bytes -= text.size();
    std::vector<unsigned char> buffer(LWS_PRE + text.size());
    std::ranges::copy(as_bytes(text), buffer.begin() + LWS_PRE);
    const int written = lws_write(wsi, buffer.data() + LWS_PRE, text.size(), LWS_WRITE_BINARY);
    if (written < static_cast<int>(text.size())) return -1;
  }
  if (!queue.empty()) {
    lws_callback_on_writable(wsi);
    return 0;
  }
  if (!is_closing) return 0;
  lws_close_reason(wsi, LWS_CLOSE_STATUS_NORMAL, nullptr, 0);
  return -1;
}

void WsClient::State::on_ended(std::string_view reason) {
  current = nullptr;
  is_open = false;
  is_starting = false;
  queue.clear();
  queued_bytes = 0;
  message.clear();
  if (!std::exchange(is_closing, false)) handlers.on_closed(reason);
}

void WsClient::State::give_up() {
  lws* const old = std::exchange(current, nullptr);
  if (old == nullptr) return;
  lws_set_opaque_user_data(old, nullptr);
  lws_set_timeout(old, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
}

Result<std::shared_ptr<WsLibrary>> WsLibrary::start(net::Loop& loop, const std::string& ca_file) {
  if (!std::ifstream(ca_file)) {
    return fail(ErrorCode::not_found,
                "The file of trusted authorities " + ca_file + " cannot be read.");
  }
  lws_set_log_level(0, nullptr);
  std::shared_ptr<WsLibrary> library(new WsLibrary(loop));
  void* foreign_loop = loop.raw();
  lws_context_creation_info info{};
  info.port = CONTEXT_PORT_NO_LISTEN;
  info.protocols = kProtocols.data();
  info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_LIBUV |
                 LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS;
  info.foreign_loops = &foreign_loop;
  info.client_ssl_ca_filepath = ca_file.c_str();
  info.pcontext = &library->context_;
  info.gid = -1;
  info.uid = -1;
  info.timeout_secs = kConnectLimitSeconds;
  library->context_ = lws_create_context(&info);
  if (library->context_ == nullptr) {
    return fail(
        ErrorCode::io,
        "The WebSocket library could not be started with the authorities in " + ca_file + ".");
  }
  return library;
}

WsLibrary::~WsLibrary() {
  // On a foreign loop the library ends in steps: it wants to be asked again when its handles have
  // closed, and clears `context_` when it is done.
  for (int round = 0; round < kClosingRounds && context_ != nullptr; ++round) {
    lws_context_destroy(context_);
    for (int turn = 0; turn < kClosingTurns && context_ != nullptr; ++turn) {
      uv_run(loop_.raw(), UV_RUN_NOWAIT);
    }
  }
}

WsClient::WsClient(std::shared_ptr<WsLibrary> library, WsOptions options, WsHandlers handlers)
    : state_(std::make_unique<State>(std::move(library), std::move(options), std::move(handlers))) {
}

WsClient::~WsClient() { state_->give_up(); }

void WsClient::connect() {
  State& state = *state_;
  state.give_up();
  state.is_open = false;
  state.is_closing = false;
  state.is_starting = true;
  state.queue.clear();
  state.queued_bytes = 0;
  state.message.clear();
  state.certificate_problem.clear();
  const bool is_v6 = state.options.host.find(':') != std::string::npos;
  const std::string host = is_v6 ? "[" + state.options.host + "]" : state.options.host;
  const std::string authority = host + ":" + std::to_string(state.options.port);
  lws_client_connect_info info{};
  info.context = state.library->context_;
  info.address = state.options.host.c_str();
  info.port = state.options.port;
  info.ssl_connection = LCCSCF_USE_SSL;
  info.path = state.options.path.c_str();
  info.host = authority.c_str();
  info.alpn = "http/1.1";
  info.protocol = state.options.subprotocol.c_str();
  info.local_protocol_name = kProtocolName;
  info.pwsi = &state.current;
  info.opaque_user_data = &state;
  // The library tells a failure within the call through on_event, or only by its result.
  if (lws_client_connect_via_info(&info) == nullptr && state.is_starting) {
    state.on_ended("the connection could not be made");
  }
}

void WsClient::send(std::string message) {
  State& state = *state_;
  if (!state.is_open || state.current == nullptr) return;
  state.queued_bytes += message.size();
  state.queue.push_back(std::move(message));
  if (state.queued_bytes > state.options.max_queued_bytes) {
    lws_set_timeout(state.current, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
    return;
  }
  lws_callback_on_writable(state.current);
}

void WsClient::close() {
  State& state = *state_;
  if (!state.is_open || state.current == nullptr) return;
  state.is_closing = true;
  lws_callback_on_writable(state.current);
}

bool WsClient::has_unsent() const { return state_->is_open && !state_->queue.empty(); }

}  // namespace parley::client
