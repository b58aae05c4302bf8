#include "sfu/node/settings.hpp"

#include <algorithm>

namespace parley::sfu {
namespace {

constexpr std::uint32_t kMaxHalfOpenPerNode = 256;  // security.md S5

SrtpProfile to_profile(config::SrtpProfileName name) {
  switch (name) {
    case config::SrtpProfileName::aead_aes_128_gcm:
      return SrtpProfile::aead_aes_128_gcm;
    case config::SrtpProfileName::aead_aes_256_gcm:
      return SrtpProfile::aead_aes_256_gcm;
    case config::SrtpProfileName::aes128_cm_sha1_80:
      return SrtpProfile::aes128_cm_sha1_80;
  }
  return SrtpProfile::aead_aes_128_gcm;
}

}  // namespace

WorkerSettings worker_settings(const config::MediaConfig& media, WorkerIndex index) {
  WorkerSettings settings;
  settings.index = index;
  settings.listen = media.listen;
  settings.announce = media.announce;
  const bool is_free_choice = media.base_port == 0;
  settings.port =
      is_free_choice ? std::uint16_t{0} : static_cast<std::uint16_t>(media.base_port + index.value);
  settings.with_tcp = media.tcp;
  std::ranges::transform(media.srtp_profiles, std::back_inserter(settings.profiles), to_profile);
  settings.core.index = index;
  // Every worker may hold all peers of the node: the switchboard keeps the sum within the limit.
  settings.core.max_peers = media.max_peers;
  settings.core.max_half_open = std::max(kMaxHalfOpenPerNode / media.workers, 1U);
  settings.core.max_room_peers = media.max_room_peers;
  settings.core.slots = media.slots;
  settings.core.consent_timeout = media.consent_timeout;
  settings.core.rtcp_interval = media.rtcp_interval;
  return settings;
}

net::TlsFiles tls_files(const config::NodeControlConfig& control) {
  return {.certificate_file = control.certificate_file,
          .key_file = control.key_file,
          .ca_file = control.ca_file};
}

}  // namespace parley::sfu
