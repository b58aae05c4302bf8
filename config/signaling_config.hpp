// Configuration of the signaling service (parley-signaling): every default, validated once,
// immutable afterwards. config/parley-signaling.yaml is its documented sample.
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

// HTTPS and WebSocket for clients. Relative paths have been made relative to the file.
struct WebServerConfig {
  std::vector<IpAddress> listen = {kLoopbackV4};
  std::uint16_t port = 8443;                               // 0: any free port
  std::filesystem::path certificate_file = "pki/web.pem";  // chain, leaf first
  std::filesystem::path key_file = "pki/web.key";
  std::filesystem::path web_root = "../web/dist";
  // What people type, and what links are made of; without a path. "https://HOST" or
  // "https://HOST:PORT". With port 0 the port of this URL is replaced by the bound one.
  std::string public_url = "https://localhost:8443";
  // Exact values of the Origin header that may open a WebSocket. Empty: the origin of public_url.
  std::vector<std::string> allowed_origins = {};
  std::uint32_t max_connections = 10000;
  std::uint32_t max_connections_per_address = 200;
  friend bool operator==(const WebServerConfig&, const WebServerConfig&) = default;
};

// The listener for the media node: mutual TLS 1.3.
struct ControlServerConfig {
  IpAddress listen = kLoopbackV4;
  std::uint16_t port = 7443;  // 0: any free port
  std::filesystem::path ca_file = "pki/ca.pem";
  std::filesystem::path certificate_file = "pki/signaling.pem";
  std::filesystem::path key_file = "pki/signaling.key";
  friend bool operator==(const ControlServerConfig&, const ControlServerConfig&) = default;
};

// Who lets people in. docs/identity.md
struct OrganisationConfig {
  std::string name = "Parley";
  friend bool operator==(const OrganisationConfig&, const OrganisationConfig&) = default;
};

// The certificate authority that signs the credentials of devices.
struct AuthorityConfig {
  std::filesystem::path key_file = "state/authority.pem";  // made at the first start, mode 0600
  friend bool operator==(const AuthorityConfig&, const AuthorityConfig&) = default;
};

struct CredentialConfig {
  std::chrono::seconds lifetime{24 * 3600};
  std::chrono::seconds renewal_window{30 * 24 * 3600};  // after the end of a credential
  friend bool operator==(const CredentialConfig&, const CredentialConfig&) = default;
};

struct InvitationConfig {
  std::chrono::seconds lifetime{7 * 24 * 3600};  // key lifetime_s
  friend bool operator==(const InvitationConfig&, const InvitationConfig&) = default;
};

struct StoreConfig {
  std::filesystem::path file = "state/parley.db";  // SQLite
  std::string postgres = {};                       // libpq's conninfo; empty: SQLite
  friend bool operator==(const StoreConfig&, const StoreConfig&) = default;
};

struct AdminConfig {
  std::filesystem::path socket = "state/admin.sock";  // for parley-admin
  friend bool operator==(const AdminConfig&, const AdminConfig&) = default;
};

// The knobs of signaling::SignalingConfig that are not elsewhere.
struct LimitsConfig {
  std::uint32_t max_room_members = 1000;
  std::chrono::milliseconds hello_limit{5000};
  std::chrono::milliseconds ping_interval{10000};
  std::chrono::milliseconds idle_limit{30000};
  std::chrono::milliseconds presence_grace{4000};
  std::chrono::milliseconds media_trust{10000};
  std::chrono::milliseconds node_answer_limit{3000};
  std::uint32_t messages_per_second = 20;
  friend bool operator==(const LimitsConfig&, const LimitsConfig&) = default;
};

struct SignalingServiceConfig {
  LogConfig log;
  std::string server_name = "parley";  // told to clients in Welcome
  WebServerConfig server;
  ControlServerConfig control;
  StoreConfig store;
  AdminConfig admin;
  OrganisationConfig organisation;
  AuthorityConfig authority;
  CredentialConfig credentials;
  InvitationConfig invitations;
  LimitsConfig limits;
  MetricsConfig metrics;
  friend bool operator==(const SignalingServiceConfig&, const SignalingServiceConfig&) = default;
};

// Asks the reader for every key there is; what is wrong stays in the reader.
[[nodiscard]] SignalingServiceConfig read_signaling_config(YamlReader& reader);
// Reads and validates the file, or returns everything that is wrong with it.
[[nodiscard]] std::expected<SignalingServiceConfig, Problems> load_signaling_config(
    const std::filesystem::path& file, FileCheck check = FileCheck::must_be_readable);
// The same for a text; `file` names it in problems and is what relative paths are relative to.
[[nodiscard]] std::expected<SignalingServiceConfig, Problems> parse_signaling_config(
    std::string_view text, const std::filesystem::path& file,
    FileCheck check = FileCheck::must_be_readable);

}  // namespace parley::config
