// Readers of the sections that are the same in every program. Private to config/.
#pragma once

#include "config/common_config.hpp"
#include "config/yaml_reader.hpp"

namespace parley::config {

void read_log(YamlReader::Section section, LogConfig& log);
void read_metrics(YamlReader::Section section, MetricsConfig& metrics);

// "0.0.0.0" or "::".
[[nodiscard]] bool is_wildcard(const IpAddress& address);

}  // namespace parley::config
