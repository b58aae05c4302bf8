#include "signaling/server/key_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>

#include "base/secret.hpp"
#include "net/descriptor.hpp"

namespace parley::signaling {

namespace {

constexpr mode_t kOwnerOnly = 0600;
constexpr mode_t kOthers = 0077;

std::string named(const std::filesystem::path& file) {
  return "the invitation key file " + file.string();
}

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

Result<void> write_part(const std::filesystem::path& part, Bytes seed) {
  const net::Descriptor fd(
      ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kOwnerOnly));
  if (!fd.is_open()) return system_error(part, "cannot be made");
  const ssize_t written = ::write(fd.get(), seed.data(), seed.size());
  if (written != static_cast<ssize_t>(seed.size()) || ::fsync(fd.get()) != 0) {
    return system_error(part, "cannot be written");
  }
  return {};
}

}  // namespace

Result<InvitationKey> load_key_file(const std::filesystem::path& file) {
  const net::Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.is_open()) return system_error(file, "cannot be opened");
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return system_error(file, "cannot be read");
  if (!S_ISREG(info.st_mode)) {
    return fail(ErrorCode::failed_precondition, named(file) + " is not a regular file");
  }
  if ((info.st_mode & kOthers) != 0) {
    return fail(ErrorCode::failed_precondition,
                named(file) +
                    " is open to other users; chmod 600 it, and make a new key if somebody "
                    "may have read it");
  }
  std::array<std::uint8_t, InvitationKey::kSeedBytes + 1> seed{};
  const ssize_t size = ::read(fd.get(), seed.data(), seed.size());
  if (size < 0) return system_error(file, "cannot be read");
  auto key = InvitationKey::load(Bytes(seed).first(static_cast<std::size_t>(size)));
  wipe(seed);
  if (!key) return fail(ErrorCode::failed_precondition, named(file) + " does not hold a key");
  return key;
}

Result<InvitationKey> create_key_file(const std::filesystem::path& file, RandomSource& random) {
  std::error_code ignored;  // a directory that cannot be made shows when the file cannot be made
  std::filesystem::create_directories(file.parent_path(), ignored);
  auto key = InvitationKey::generate(random);
  const std::filesystem::path part = part_of(file);
  if (auto written = write_part(part, key.seed()); !written) {
    ::unlink(part.c_str());
    return std::unexpected(written.error());
  }
  // link() refuses an existing name, which rename() would silently replace.
  const int linked = ::link(part.c_str(), file.c_str());
  const int number = errno;
  ::unlink(part.c_str());
  if (linked == 0) return key;
  if (number == EEXIST) return fail(ErrorCode::already_exists, named(file) + " is there already");
  return fail(ErrorCode::io,
              named(file) + " cannot be made: " + std::system_category().message(number));
}

Result<InvitationKey> load_or_create_key_file(const std::filesystem::path& file,
                                              RandomSource& random) {
  auto loaded = load_key_file(file);
  if (loaded || loaded.error().code != ErrorCode::not_found) return loaded;
  auto created = create_key_file(file, random);
  if (created || created.error().code != ErrorCode::already_exists) return created;
  return load_key_file(file);
}

}  // namespace parley::signaling
