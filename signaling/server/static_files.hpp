// The web application in memory: every file that may be served, by its exact request path. What is
// not in the table cannot be reached, whatever a request path says. Loaded once at the start.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"

namespace parley::signaling {

inline constexpr std::size_t kMaxStaticFiles = 1000;
inline constexpr std::size_t kMaxStaticBytes = 64U << 20;  // of all files together

struct StaticFile {
  std::vector<std::uint8_t> bytes;
  std::string_view content_type;
  std::string_view cache_control;
  std::string etag;  // with its quotes (RFC 9110 8.8.3)
};

class StaticFiles {
 public:
  // Reads the regular files below `root`; links and names that begin with a dot are left out.
  // Errors: not_found (no index.html), io, resource_exhausted (one of the limits above).
  static Result<StaticFiles> load(const std::filesystem::path& root);

  // `path` begins with a slash; "/" is index.html. nullptr: 404. Valid as long as this object.
  [[nodiscard]] const StaticFile* find(std::string_view path) const;
  [[nodiscard]] std::size_t size() const { return files_.size(); }

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::unordered_map<std::string, StaticFile, Hash, std::equal_to<>> files_;
};

}  // namespace parley::signaling
