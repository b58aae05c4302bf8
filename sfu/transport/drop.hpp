// Every reason why a packet or a copy of it is not forwarded: named, counted, exported as a metric.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace parley::sfu {

// X(name): snake_case, is also the metric's label value.
#define PARLEY_DROPS(X)                                                                      \
  X(unknown_path)           /* no STUN, and no ICE-proven peer behind this path */           \
  X(unknown_datagram)       /* first byte belongs to no protocol (RFC 7983) */               \
  X(stun_malformed)         /* */                                                            \
  X(stun_unknown_ufrag)     /* no peer has this ufrag */                                     \
  X(stun_bad_integrity)     /* MESSAGE-INTEGRITY missing or wrong */                         \
  X(stun_refused)           /* authenticated, and answered with an error (420, 487) */       \
  X(stun_unexpected)        /* a response or indication nobody waits for */                  \
  X(dtls_before_ice)        /* DTLS from a 5-tuple that ICE has not proven */                \
  X(dtls_limit)             /* too many half-open handshakes, or too many bytes in one */    \
  X(rtp_malformed)          /* */                                                            \
  X(rtp_before_keys)        /* media before the handshake is over */                         \
  X(rtp_foreign_ssrc)       /* not the SSRC of this peer */                                  \
  X(rtp_wrong_payload_type) /* not the Opus payload type of this peer */                     \
  X(srtp_auth)              /* authentication failed */                                      \
  X(srtp_replay)            /* seen before, or too old */                                    \
  X(srtp_ssrc_limit)        /* more SSRCs under one key than are kept track of */            \
  X(srtp_error)             /* no SRTP packet at all, or refused for any other reason */     \
  X(rtcp_malformed)         /* */                                                            \
  X(no_room)                /* the uplink is bound to no room */                             \
  X(not_selected)           /* the talker has no channel: too quiet, or others are louder */ \
  X(no_floor)               /* the room is arbitrated, and the talker does not have it */    \
  X(other_talk_room)        /* said before the talk room was changed, for the old one */     \
  X(pre_roll_lost)          /* held back for a press, and crowded out by what came later */  \
  X(empty_payload)          /* probes without Opus */                                        \
  X(listener_not_ready)     /* this listener has no keys yet */                              \
  X(listener_no_slot)       /* this listener has no slot for the channel */                  \
  X(listener_late)          /* older than what this listener's slot begins with */           \
  X(send_batch_full)        /* the send slab is full */                                      \
  X(send_error)             /* SRTP refused to protect: its index ran out */

enum class Drop : std::uint8_t {
#define PARLEY_DROP_NAME(name) name,
  PARLEY_DROPS(PARLEY_DROP_NAME)
#undef PARLEY_DROP_NAME
};

inline constexpr std::array kDropNames = {
#define PARLEY_DROP_TEXT(name) std::string_view(#name),
    PARLEY_DROPS(PARLEY_DROP_TEXT)
#undef PARLEY_DROP_TEXT
};

[[nodiscard]] constexpr std::string_view name_of(Drop drop) {
  return kDropNames[static_cast<std::size_t>(drop)];
}

class DropCounters {
 public:
  void count(Drop drop, std::uint64_t copies = 1) {
    counts_[static_cast<std::size_t>(drop)] += copies;
  }
  [[nodiscard]] std::uint64_t of(Drop drop) const {
    return counts_[static_cast<std::size_t>(drop)];
  }

 private:
  std::array<std::uint64_t, kDropNames.size()> counts_{};
};

}  // namespace parley::sfu
