// Requests to Janus and what it answers, as JSON. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley::client {

using JanusId = std::uint64_t;  // of a session, a handle, a room or a feed (a talker)

// Where a request belongs. Ids are 0 until Janus gave them.
struct JanusAddress {
  JanusId session = 0;
  JanusId handle = 0;
};

// `transaction` comes back with the answer.
[[nodiscard]] std::string janus_info(std::string_view transaction);
[[nodiscard]] std::string janus_create_session(std::string_view transaction);
[[nodiscard]] std::string janus_attach(std::string_view transaction, JanusAddress to);
[[nodiscard]] std::string janus_create_room(std::string_view transaction, JanusAddress to,
                                            JanusId room);
// A talker joins and offers its stream.
[[nodiscard]] std::string janus_publish(std::string_view transaction, JanusAddress to, JanusId room,
                                        std::string_view sdp_offer);
// A listener asks for talkers; the answer brings an offer.
[[nodiscard]] std::string janus_subscribe(std::string_view transaction, JanusAddress to,
                                          JanusId room, const std::vector<JanusId>& feeds);
[[nodiscard]] std::string janus_start(std::string_view transaction, JanusAddress to,
                                      std::string_view sdp_answer);
[[nodiscard]] std::string janus_destroy(std::string_view transaction, JanusAddress to);

enum class JanusEvent : std::uint8_t {
  ack,        // a request was taken; its answer follows
  answer,     // success, or an event with the outcome
  webrtc_up,  // media can flow on a handle
  hangup,     // media ended on a handle
  error,
  other,
};

struct JanusReply {
  JanusEvent event = JanusEvent::other;
  std::string transaction;  // empty: not an answer to a request
  JanusId sender = 0;       // the handle it is about
  JanusId id = 0;           // the new session or handle, or a talker's feed
  std::string sdp;
  std::string reason;   // of an error or a hangup
  std::string version;  // of Janus, in the answer to janus_info()
};
// nullopt: not an object of JSON.
[[nodiscard]] std::optional<JanusReply> parse_janus_reply(std::string_view text);

}  // namespace parley::client
