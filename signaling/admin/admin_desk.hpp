// What an administrator may ask for, carried out in the directory. Only requests of administrators
// (or of whoever owns the service's own socket) get here: that is the caller's to check. Pure; one
// thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>

#include "base/ids.hpp"
#include "protocol/admin.pb.h"
#include "signaling/admin/events.hpp"
#include "signaling/directory/directory.hpp"

namespace parley::signaling {

struct AdminDefaults {
  // What links begin with, such as https://radio.example.org. Empty: answers have codes alone.
  std::string public_url = {};
  std::string organisation = "Parley";
  std::array<std::uint8_t, 32> authority_fingerprint = {};  // SHA-256 of its certificate
  // Of a link. Long: a lost one is good for longer; short: people come too late.
  std::chrono::seconds link_life = std::chrono::days(7);
  // How much longer than his link a guest may be here where nobody says until when.
  std::chrono::seconds guest_life = std::chrono::hours(24);
};

// What the directory does not know: who is here now.
class LiveView {
 public:
  virtual ~LiveView() = default;
  [[nodiscard]] virtual bool is_online(DeviceId device) const = 0;
  [[nodiscard]] virtual std::uint32_t present(RoomId room) const = 0;  // members inside
};

class AdminDesk {
 public:
  AdminDesk(Directory& directory, AdminDefaults defaults)
      : directory_(directory), defaults_(std::move(defaults)) {}

  // Any request but those about events (events.hpp). What changes is in `draft`: the caller undoes
  // it where the answer is Refused, and else stores it before it gives the answer to anybody.
  [[nodiscard]] admin::Answer handle(const admin::Request& request, const Actor& actor,
                                     const LiveView& live, Draft& draft);

 private:
  struct Job;

  Directory& directory_;
  AdminDefaults defaults_;
};

}  // namespace parley::signaling
