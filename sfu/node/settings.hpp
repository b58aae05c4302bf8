// What a node's configuration means for its workers and its link. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "base/endpoint.hpp"
#include "config/node_config.hpp"
#include "net/tls_context.hpp"
#include "sfu/core/worker_core.hpp"
#include "sfu/transport/dtls.hpp"

namespace parley::sfu {

struct WorkerSettings {
  WorkerIndex index;
  std::vector<IpAddress> listen;
  std::vector<IpAddress> announce;
  std::uint16_t port = 0;  // 0: the kernel chooses
  bool with_tcp = true;
  std::vector<SrtpProfile> profiles;
  WorkerConfig core;  // without candidates, which need the real port
};

[[nodiscard]] WorkerSettings worker_settings(const config::MediaConfig& media, WorkerIndex index);
[[nodiscard]] net::TlsFiles tls_files(const config::NodeControlConfig& control);

}  // namespace parley::sfu
