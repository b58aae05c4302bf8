// Configuration of a media node (parley-sfu): every default, validated once, immutable afterwards.
// config/parley-sfu.yaml is its documented sample.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/endpoint.hpp"
#include "config/common_config.hpp"
#include "config/problem.hpp"

namespace parley::config {

class YamlReader;

// RFC 5764 4.1.2, RFC 7714 14.2, by the names of the registry in lower case.
enum class SrtpProfileName : std::uint8_t { aead_aes_128_gcm, aead_aes_256_gcm, aes128_cm_sha1_80 };

// The link to the signaling service. Relative paths have been made relative to the file.
struct NodeControlConfig {
  std::string host = "localhost";  // name or IP address
  std::uint16_t port = 7443;
  std::filesystem::path ca_file = "pki/ca.pem";
  std::filesystem::path certificate_file = "pki/node.pem";
  std::filesystem::path key_file = "pki/node.key";
  std::string server_name = "parley-signaling";  // that the service's certificate has to carry
  friend bool operator==(const NodeControlConfig&, const NodeControlConfig&) = default;
};

struct MediaConfig {
  std::vector<IpAddress> listen = {kLoopbackV4};
  // Addresses told to clients. Never empty and never a wildcard after loading.
  std::vector<IpAddress> announce = {kLoopbackV4};
  std::uint16_t base_port = 7500;  // worker i uses base_port + i, UDP and TCP; 0: any free port
  std::uint16_t workers = 1;
  bool tcp = true;  // ICE-TCP (RFC 6544) for networks that block UDP
  std::uint8_t slots = 4;
  std::uint32_t max_peers = 5000;
  std::uint32_t max_room_peers = 1000;
  std::vector<SrtpProfileName> srtp_profiles = {SrtpProfileName::aead_aes_128_gcm,
                                                SrtpProfileName::aead_aes_256_gcm,
                                                SrtpProfileName::aes128_cm_sha1_80};
  std::chrono::milliseconds consent_timeout{15000};  // key consent_timeout_ms
  std::chrono::milliseconds rtcp_interval{1000};     // key rtcp_interval_ms
  friend bool operator==(const MediaConfig&, const MediaConfig&) = default;
};

// What the process may do.
struct ProcessConfig {
  bool sandbox = true;
  friend bool operator==(const ProcessConfig&, const ProcessConfig&) = default;
};

struct NodeConfig {
  LogConfig log;
  std::string node_name = "node-1";
  NodeControlConfig control;
  MediaConfig media;
  MetricsConfig metrics;
  ProcessConfig process;
  friend bool operator==(const NodeConfig&, const NodeConfig&) = default;
};

// Asks the reader for every key there is; what is wrong stays in the reader.
[[nodiscard]] NodeConfig read_node_config(YamlReader& reader);
// Reads and validates the file, or returns everything that is wrong with it.
[[nodiscard]] std::expected<NodeConfig, Problems> load_node_config(
    const std::filesystem::path& file, FileCheck check = FileCheck::must_be_readable);
// The same for a text; `file` names it in problems and is what relative paths are relative to.
[[nodiscard]] std::expected<NodeConfig, Problems> parse_node_config(
    std::string_view text, const std::filesystem::path& file,
    FileCheck check = FileCheck::must_be_readable);

}  // namespace parley::config
