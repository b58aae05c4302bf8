#include "client/load/janus_messages.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace parley::client {
namespace {

using Json = nlohmann::json;

// More than a load ever has in one room.
constexpr int kMaxPublishers = 1000;

Json request(const char* what, std::string_view transaction, JanusAddress to = {}) {
  Json message = {{"janus", what}, {"transaction", transaction}};
  if (to.session != 0) message["session_id"] = to.session;
  if (to.handle != 0) message["handle_id"] = to.handle;
  return message;
}

Json message_to(JanusAddress to, std::string_view transaction, Json body) {
  Json message = request("message", transaction, to);
  message["body"] = std::move(body);
  return message;
}

// The member `key` of an object, or null.
const Json& member(const Json& object, const char* key) {
  static const Json kNothing;
  if (!object.is_object()) return kNothing;
  const auto found = object.find(key);
  return found == object.end() ? kNothing : *found;
}

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : std::string{};
}

JanusId id_of(const Json& value) { return value.is_number_unsigned() ? value.get<JanusId>() : 0; }

JanusEvent event_of(const std::string& name) {
  if (name == "ack") return JanusEvent::ack;
  if (name == "success" || name == "event" || name == "server_info") return JanusEvent::answer;
  if (name == "webrtcup") return JanusEvent::webrtc_up;
  if (name == "hangup") return JanusEvent::hangup;
  if (name == "error") return JanusEvent::error;
  return JanusEvent::other;
}

}  // namespace

std::string janus_info(std::string_view transaction) { return request("info", transaction).dump(); }

std::string janus_create_session(std::string_view transaction) {
  return request("create", transaction).dump();
}

std::string janus_attach(std::string_view transaction, JanusAddress to) {
  Json message = request("attach", transaction, to);
  message["plugin"] = "janus.plugin.videoroom";
  return message.dump();
}

std::string janus_create_room(std::string_view transaction, JanusAddress to, JanusId room) {
  return message_to(to, transaction,
                    {{"request", "create"},
                     {"room", room},
                     {"publishers", kMaxPublishers},
                     {"audiocodec", "opus"},
                     {"notify_joining", false}})
      .dump();
}

std::string janus_publish(std::string_view transaction, JanusAddress to, JanusId room,
                          std::string_view sdp_offer) {
  Json message = message_to(
      to, transaction,
      {{"request", "joinandconfigure"}, {"ptype", "publisher"}, {"room", room}, {"audio", true}});
  message["jsep"] = {{"type", "offer"}, {"sdp", sdp_offer}};
  return message.dump();
}

std::string janus_subscribe(std::string_view transaction, JanusAddress to, JanusId room,
                            const std::vector<JanusId>& feeds) {
  Json streams = Json::array();
  for (const JanusId feed : feeds) streams.push_back({{"feed", feed}});
  return message_to(to, transaction,
                    {{"request", "join"},
                     {"ptype", "subscriber"},
                     {"room", room},
                     {"streams", std::move(streams)}})
      .dump();
}

std::string janus_start(std::string_view transaction, JanusAddress to,
                        std::string_view sdp_answer) {
  Json message = message_to(to, transaction, {{"request", "start"}});
  message["jsep"] = {{"type", "answer"}, {"sdp", sdp_answer}};
  return message.dump();
}

std::string janus_destroy(std::string_view transaction, JanusAddress to) {
  return request("destroy", transaction, to).dump();
}

std::optional<JanusReply> parse_janus_reply(std::string_view text) {
  const Json message = Json::parse(text, nullptr, false);
  if (!message.is_object()) return std::nullopt;
  JanusReply reply;
  reply.event = event_of(text_of(member(message, "janus")));
  reply.transaction = text_of(member(message, "transaction"));
  reply.sender = id_of(member(message, "sender"));
  reply.sdp = text_of(member(member(message, "jsep"), "sdp"));
  reply.version = text_of(member(message, "version_string"));
  const Json& data = member(member(message, "plugindata"), "data");
  reply.id = id_of(member(data.is_null() ? member(message, "data") : data, "id"));
  reply.reason = text_of(member(message, "reason"));
  if (const std::string text_of_error = text_of(member(member(message, "error"), "reason"));
      !text_of_error.empty()) {
    reply.reason = text_of_error;
  }
  // The plugin's own errors come as events.
  if (const std::string refusal = text_of(member(data, "error")); !refusal.empty()) {
    reply.event = JanusEvent::error;
    reply.reason = refusal;
  }
  return reply;
}

}  // namespace parley::client
