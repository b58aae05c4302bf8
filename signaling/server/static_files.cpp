#include "signaling/server/static_files.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <system_error>
#include <utility>

#include "signaling/identity/sha256.hpp"

namespace parley::signaling {

namespace {

std::string_view content_type_of(const std::filesystem::path& file) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kTypes{{
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".mjs", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".json", "application/json"},
      {".map", "application/json"},
      {".webmanifest", "application/manifest+json"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".ico", "image/x-icon"},
      {".woff2", "font/woff2"},
      {".wasm", "application/wasm"},
      {".txt", "text/plain; charset=utf-8"},
      {".wav", "audio/wav"},
  }};
  const std::string extension = file.extension().string();
  const auto* found =
      std::ranges::find(kTypes, extension, [](const auto& type) { return type.first; });
  return found == kTypes.end() ? "application/octet-stream" : found->second;
}

// The build puts a hash of the content into the name of each file in assets/, so those never
// change. Everything else is asked for again each time, and answered by its tag.
std::string_view cache_control_of(std::string_view path) {
  return path.starts_with("/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
}

std::string etag_of(Bytes bytes) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string tag = "\"";
  const Sha256Hash hash = sha256(bytes);
  for (const std::uint8_t byte : Bytes(hash).first(16)) {
    tag += kHex[byte >> 4];
    tag += kHex[byte & 15];
  }
  return tag + "\"";
}

// At most `max_bytes`: resource_exhausted.
Result<std::vector<std::uint8_t>> read_file(const std::filesystem::path& path,
                                            std::size_t max_bytes) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (!error && size > max_bytes) {
    return fail(ErrorCode::resource_exhausted, "the files of the web root are larger than " +
                                                   std::to_string(kMaxStaticBytes >> 20) +
                                                   " MiB together");
  }
  std::vector<std::uint8_t> bytes(error ? 0 : static_cast<std::size_t>(size));
  std::ifstream stream(path, std::ios::binary);
  stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (error || !stream) {
    return fail(ErrorCode::io, "the file " + path.string() + " cannot be read");
  }
  return bytes;
}

// The regular files below `root` without links and hidden names, at most one more than the limit.
Result<std::vector<std::filesystem::path>> list_files(const std::filesystem::path& root) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  std::filesystem::recursive_directory_iterator entry(root, error);
  for (; !error && entry != std::filesystem::recursive_directory_iterator();
       entry.increment(error)) {
    if (entry->path().filename().string().starts_with('.')) {
      entry.disable_recursion_pending();
      continue;
    }
    if (entry->symlink_status().type() == std::filesystem::file_type::regular) {
      files.push_back(entry->path());
    }
    if (files.size() > kMaxStaticFiles) {
      return fail(ErrorCode::resource_exhausted, "the web root " + root.string() +
                                                     " holds more than " +
                                                     std::to_string(kMaxStaticFiles) + " files");
    }
  }
  if (error) {
    return fail(ErrorCode::io,
                "the web root " + root.string() + " cannot be read: " + error.message());
  }
  return files;
}

}  // namespace

Result<StaticFiles> StaticFiles::load(const std::filesystem::path& root) {
  auto paths = list_files(root);
  if (!paths) return std::unexpected(paths.error());
  StaticFiles files;
  std::size_t total = 0;
  for (const std::filesystem::path& path : *paths) {
    auto bytes = read_file(path, kMaxStaticBytes - total);
    if (!bytes) return std::unexpected(bytes.error());
    total += bytes->size();
    const std::string name = "/" + path.lexically_relative(root).generic_string();
    std::string etag = etag_of(*bytes);
    files.files_.emplace(name, StaticFile{.bytes = *std::move(bytes),
                                          .content_type = content_type_of(path),
                                          .cache_control = cache_control_of(name),
                                          .etag = std::move(etag)});
  }
  if (files.find("/") == nullptr) {
    return fail(ErrorCode::not_found, "the web root " + root.string() +
                                          " holds no index.html; build the web application first");
  }
  return files;
}

const StaticFile* StaticFiles::find(std::string_view path) const {
  const auto found = files_.find(path == "/" ? std::string_view("/index.html") : path);
  return found == files_.end() ? nullptr : &found->second;
}

}  // namespace parley::signaling
