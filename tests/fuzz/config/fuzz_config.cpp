// Any text gives a configuration or problems, and every problem can be printed.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/bytes.hpp"
#include "config/node_config.hpp"
#include "config/signaling_config.hpp"

namespace {

void check(const parley::config::Problems& problems) {
  if (problems.empty()) std::abort();
  for (const auto& problem : problems) {
    for (const char c : problem.to_string()) {
      if (static_cast<unsigned char>(c) < 0x20) std::abort();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley::config;
  const std::string_view text = parley::as_text(parley::Bytes(data, size));
  if (const auto node = parse_node_config(text, "f.yaml", FileCheck::skip); !node) {
    check(node.error());
  }
  if (const auto signaling = parse_signaling_config(text, "f.yaml", FileCheck::skip); !signaling) {
    check(signaling.error());
  }
  return 0;
}
