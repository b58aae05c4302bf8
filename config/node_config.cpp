#include "config/node_config.hpp"

#include <algorithm>
#include <array>

#include "config/common_sections.hpp"
#include "config/yaml_reader.hpp"

namespace parley::config {

namespace {

using std::chrono::milliseconds;

void read_control(YamlReader::Section section, NodeControlConfig& control) {
  section.text("host", control.host, 253);
  section.number("port", control.port, 1, 65535);
  section.path("ca_file", control.ca_file, FileUse::readable_file);
  section.path("certificate_file", control.certificate_file, FileUse::readable_file);
  section.path("key_file", control.key_file, FileUse::readable_file);
  section.text("server_name", control.server_name, 253);
}

// Clients need addresses they can reach, so a wildcard is good to listen on and useless to tell.
void read_addresses(YamlReader::Section& section, MediaConfig& media) {
  section.addresses("listen", media.listen);
  media.announce = media.listen;
  section.addresses("announce", media.announce);
  if (!std::ranges::any_of(media.announce, is_wildcard)) return;
  const bool is_inherited = media.announce == media.listen;
  section.problem("announce", is_inherited
                                  ? "list the addresses clients can reach, because media.listen "
                                    "holds 0.0.0.0 or ::"
                                  : "0.0.0.0 and :: are not addresses clients can reach");
}

void read_media(YamlReader::Section section, MediaConfig& media) {
  static constexpr std::array<std::pair<std::string_view, SrtpProfileName>, 3> kProfiles{{
      {"aead_aes_128_gcm", SrtpProfileName::aead_aes_128_gcm},
      {"aead_aes_256_gcm", SrtpProfileName::aead_aes_256_gcm},
      {"aes128_cm_sha1_80", SrtpProfileName::aes128_cm_sha1_80},
  }};
  read_addresses(section, media);
  section.number("base_port", media.base_port, 0, 65535);
  section.number("workers", media.workers, 1, 256);
  section.boolean("tcp", media.tcp);
  section.number("slots", media.slots, 1, 20);
  section.number("max_peers", media.max_peers, 1, 1'000'000);
  section.number("max_room_peers", media.max_room_peers, 1, 100'000);
  section.choices<SrtpProfileName>("srtp_profiles", media.srtp_profiles, kProfiles);
  section.time("consent_timeout_ms", media.consent_timeout, milliseconds(1000),
               milliseconds(60000));
  section.time("rtcp_interval_ms", media.rtcp_interval, milliseconds(200), milliseconds(10000));
  if (media.base_port != 0 && media.base_port + media.workers - 1 > 65535) {
    section.problem("base_port", "with " + std::to_string(media.workers) +
                                     " workers the last port would be above 65535");
  }
}

}  // namespace

NodeConfig read_node_config(YamlReader& reader) {
  YamlReader::Section root = reader.root();
  NodeConfig config;
  read_log(root.section("log"), config.log);
  root.text("node_name", config.node_name, 64);
  read_control(root.section("control"), config.control);
  read_media(root.section("media"), config.media);
  read_metrics(root.section("metrics"), config.metrics);
  root.section("process").boolean("sandbox", config.process.sandbox);
  return config;
}

std::expected<NodeConfig, Problems> parse_node_config(std::string_view text,
                                                      const std::filesystem::path& file,
                                                      FileCheck check) {
  YamlReader reader(text, file, check);
  NodeConfig config = read_node_config(reader);
  Problems problems = reader.finish();
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return config;
}

std::expected<NodeConfig, Problems> load_node_config(const std::filesystem::path& file,
                                                     FileCheck check) {
  const auto text = read_config_file(file);
  if (!text) return std::unexpected(text.error());
  return parse_node_config(*text, file, check);
}

}  // namespace parley::config
