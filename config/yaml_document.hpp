// A YAML text as a tree of yaml-cpp, restricted to what a configuration needs: one document, plain
// maps, lists and scalars, no anchors, aliases or tags, bounded depth. Private to config/.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

namespace parley::config {

struct YamlDefect {
  std::size_t line;  // 1-based
  std::string message;
};

// The root is a map, or null for a file without any key.
[[nodiscard]] std::expected<YAML::Node, YamlDefect> parse_yaml(std::string_view text);

[[nodiscard]] std::size_t line_of(const YAML::Mark& mark);

}  // namespace parley::config
