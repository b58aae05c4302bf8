#include "config/signaling_config.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "config/common_sections.hpp"
#include "config/yaml_reader.hpp"

namespace parley::config {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::int64_t kDay = 24 * 3600;  // seconds

// "https://name", "https://name:port" or "http://..." exactly as a browser writes an origin: lower
// case, no path, no trailing slash (RFC 6454 6.2).
bool is_origin(std::string_view text) {
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return false;
  const std::string_view scheme = text.substr(0, scheme_end);
  if (scheme != "https" && scheme != "http") return false;
  const std::string_view authority = text.substr(scheme_end + 3);
  const std::size_t bracket = authority.find(']');
  const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  const std::string_view host = authority.substr(0, colon);
  const bool host_is_good = !host.empty() && std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '[' ||
           c == ']' || c == ':';
  });
  if (!host_is_good || colon == std::string_view::npos) return host_is_good;
  std::uint16_t port = 0;
  const char* end = authority.data() + authority.size();
  const auto [rest, error] = std::from_chars(authority.data() + colon + 1, end, port);
  return error == std::errc() && rest == end && port != 0;
}

void read_web_server(YamlReader::Section section, WebServerConfig& server) {
  section.addresses("listen", server.listen);
  section.number("port", server.port, 0, 65535);
  section.path("certificate_file", server.certificate_file, FileUse::readable_file);
  section.path("key_file", server.key_file, FileUse::readable_file);
  section.path("web_root", server.web_root, FileUse::readable_directory);
  section.text("public_url", server.public_url, 300);
  if (!is_origin(server.public_url) || !server.public_url.starts_with("https://")) {
    section.problem("public_url",
                    "has to be https://HOST or https://HOST:PORT in lower case, without a path");
  }
  section.texts("allowed_origins", server.allowed_origins);
  if (!std::ranges::all_of(server.allowed_origins, is_origin)) {
    section.problem(
        "allowed_origins",
        "each has to be https://HOST or https://HOST:PORT in lower case, without a path");
  }
  section.number("max_connections", server.max_connections, 1, 1'000'000);
  section.number("max_connections_per_address", server.max_connections_per_address, 1, 1'000'000);
}

void read_control(YamlReader::Section section, ControlServerConfig& control) {
  section.address("listen", control.listen);
  section.number("port", control.port, 0, 65535);
  section.path("ca_file", control.ca_file, FileUse::readable_file);
  section.path("certificate_file", control.certificate_file, FileUse::readable_file);
  section.path("key_file", control.key_file, FileUse::readable_file);
}

// Everybody who may list processes or read this file would know it.
bool holds_password(std::string_view conninfo) {
  const std::size_t scheme = conninfo.find("://");
  const std::size_t at = conninfo.find('@');
  const bool is_in_uri = scheme != std::string_view::npos && at != std::string_view::npos &&
                         conninfo.substr(scheme + 3, at - scheme - 3).contains(':');
  return is_in_uri || conninfo.contains("password=") || conninfo.contains("password =");
}

void read_store(YamlReader::Section section, StoreConfig& store) {
  section.path("file", store.file, FileUse::created);
  section.optional_text("postgres", store.postgres);
  if (holds_password(store.postgres)) {
    section.problem("postgres", "keep the password in a file of its own: passfile=FILE, mode 0600");
  }
}

void read_credentials(YamlReader::Section section, CredentialConfig& credentials) {
  section.time("lifetime_s", credentials.lifetime, seconds(60), seconds(30 * kDay));
  section.time("renewal_window_s", credentials.renewal_window, seconds(0), seconds(365 * kDay));
}

void read_limits(YamlReader::Section section, LimitsConfig& limits) {
  section.number("max_room_members", limits.max_room_members, 1, 1000);
  section.time("hello_limit_ms", limits.hello_limit, milliseconds(500), milliseconds(60000));
  section.time("ping_interval_ms", limits.ping_interval, milliseconds(1000), milliseconds(600000));
  section.time("idle_limit_ms", limits.idle_limit, milliseconds(2000), milliseconds(1800000));
  section.time("presence_grace_ms", limits.presence_grace, milliseconds(0), milliseconds(60000));
  section.time("media_trust_ms", limits.media_trust, milliseconds(0), milliseconds(600000));
  section.time("node_answer_limit_ms", limits.node_answer_limit, milliseconds(100),
               milliseconds(60000));
  section.number("messages_per_second", limits.messages_per_second, 1, 1000);
  if (limits.idle_limit < 2 * limits.ping_interval) {
    section.problem("idle_limit_ms",
                    "has to be at least twice ping_interval_ms, or quiet clients are closed");
  }
}

}  // namespace

SignalingServiceConfig read_signaling_config(YamlReader& reader) {
  YamlReader::Section root = reader.root();
  SignalingServiceConfig config;
  read_log(root.section("log"), config.log);
  root.text("server_name", config.server_name, 64);
  read_web_server(root.section("server"), config.server);
  read_control(root.section("control"), config.control);
  read_store(root.section("store"), config.store);
  root.section("admin").path("socket", config.admin.socket, FileUse::created);
  root.section("organisation").text("name", config.organisation.name, 64);
  root.section("authority").path("key_file", config.authority.key_file, FileUse::created);
  read_credentials(root.section("credentials"), config.credentials);
  root.section("invitations")
      .time("lifetime_s", config.invitations.lifetime, seconds(60), seconds(kDay * 365));
  read_limits(root.section("limits"), config.limits);
  read_metrics(root.section("metrics"), config.metrics);
  return config;
}

std::expected<SignalingServiceConfig, Problems> parse_signaling_config(
    std::string_view text, const std::filesystem::path& file, FileCheck check) {
  YamlReader reader(text, file, check);
  SignalingServiceConfig config = read_signaling_config(reader);
  Problems problems = reader.finish();
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return config;
}

std::expected<SignalingServiceConfig, Problems> load_signaling_config(
    const std::filesystem::path& file, FileCheck check) {
  const auto text = read_config_file(file);
  if (!text) return std::unexpected(text.error());
  return parse_signaling_config(*text, file, check);
}

}  // namespace parley::config
