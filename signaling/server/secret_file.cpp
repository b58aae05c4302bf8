#include "signaling/server/secret_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/bytes.hpp"
#include "base/secret.hpp"
#include "net/descriptor.hpp"

namespace parley::signaling {

namespace {

constexpr mode_t kOwnerOnly = 0600;
constexpr mode_t kOthers = 0077;

std::string named(const std::filesystem::path& file) { return "the key file " + file.string(); }

std::unexpected<Error> system_error(const std::filesystem::path& file, const char* what) {
  const int number = errno;
  const ErrorCode code = number == ENOENT ? ErrorCode::not_found : ErrorCode::io;
  return fail(code, named(file) + " " + what + ": " + std::system_category().message(number));
}

// A name beside the file that no other process uses.
std::filesystem::path part_of(const std::filesystem::path& file) {
  std::filesystem::path part = file;
  part += ".part" + std::to_string(::getpid());
  return part;
}

Result<void> write_part(const std::filesystem::path& part, std::string_view content) {
  const net::Descriptor fd(
      ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kOwnerOnly));
  if (!fd.is_open()) return system_error(part, "cannot be made");
  const ssize_t written = ::write(fd.get(), content.data(), content.size());
  if (written != static_cast<ssize_t>(content.size()) || ::fsync(fd.get()) != 0) {
    return system_error(part, "cannot be written");
  }
  return {};
}

Result<void> check_kind(int fd, const std::filesystem::path& file) {
  struct stat info{};
  if (::fstat(fd, &info) != 0) return system_error(file, "cannot be read");
  if (!S_ISREG(info.st_mode)) {
    return fail(ErrorCode::failed_precondition, named(file) + " is not a regular file");
  }
  if ((info.st_mode & kOthers) != 0) {
    return fail(ErrorCode::failed_precondition,
                named(file) +
                    " is open to other users; chmod 600 it, and make a new key if somebody "
                    "may have read it");
  }
  if (static_cast<std::size_t>(info.st_size) > kMaxSecretFile) {
    return fail(ErrorCode::failed_precondition, named(file) + " is too large");
  }
  return {};
}

Result<Authority> load_authority(const std::filesystem::path& file) {
  auto content = read_secret_file(file);
  if (!content) return std::unexpected(content.error());
  auto authority = Authority::load(*content);
  wipe(MutableBytes(reinterpret_cast<std::uint8_t*>(content->data()), content->size()));
  if (!authority) {
    return fail(ErrorCode::failed_precondition, named(file) + ": " + authority.error().message);
  }
  return authority;
}

}  // namespace

Result<std::string> read_secret_file(const std::filesystem::path& file) {
  const net::Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.is_open()) return system_error(file, "cannot be opened");
  if (auto checked = check_kind(fd.get(), file); !checked) return std::unexpected(checked.error());
  std::string content(kMaxSecretFile, '\0');
  const ssize_t size = ::read(fd.get(), content.data(), content.size());
  if (size < 0) return system_error(file, "cannot be read");
  content.resize(static_cast<std::size_t>(size));
  return content;
}

Result<void> create_secret_file(const std::filesystem::path& file, std::string_view content) {
  std::error_code ignored;  // a directory that cannot be made shows when the file cannot be made
  std::filesystem::create_directories(file.parent_path(), ignored);
  const std::filesystem::path part = part_of(file);
  if (auto written = write_part(part, content); !written) {
    ::unlink(part.c_str());
    return written;
  }
  // link() refuses an existing name, which rename() would silently replace.
  const int linked = ::link(part.c_str(), file.c_str());
  const int number = errno;
  ::unlink(part.c_str());
  if (linked == 0) return {};
  if (number == EEXIST) return fail(ErrorCode::already_exists, named(file) + " is there already");
  return fail(ErrorCode::io,
              named(file) + " cannot be made: " + std::system_category().message(number));
}

Result<Authority> load_or_create_authority(const std::filesystem::path& file,
                                           std::string_view organisation, RandomSource& random,
                                           WallTime now) {
  auto loaded = load_authority(file);
  if (loaded || loaded.error().code != ErrorCode::not_found) return loaded;
  auto made = Authority::create(organisation, random, now);
  if (!made) return made;
  std::string content = made->pem();
  const auto created = create_secret_file(file, content);
  wipe(MutableBytes(reinterpret_cast<std::uint8_t*>(content.data()), content.size()));
  if (created) return made;
  if (created.error().code != ErrorCode::already_exists) return std::unexpected(created.error());
  return load_authority(file);
}

}  // namespace parley::signaling
