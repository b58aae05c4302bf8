#include "client/bot/key_file.hpp"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>

#include "base/check.hpp"
#include "base/secret.hpp"

namespace parley::client {
namespace {

constexpr std::size_t kMaxKeyFile = 64 * 1024;
constexpr mode_t kOthers = S_IRWXG | S_IRWXO;
constexpr std::string_view kCertificate = "CERTIFICATE";

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }
  [[nodiscard]] int get() const { return fd_; }
  bool close() { return fd_ < 0 || ::close(std::exchange(fd_, -1)) == 0; }

 private:
  int fd_;
};

// The text of a secret, wiped at its end.
struct SecretText {
  std::string text;
  SecretText() = default;
  SecretText(const SecretText&) = delete;
  SecretText& operator=(const SecretText&) = delete;
  ~SecretText() { wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()}); }
};

std::unexpected<Error> unreadable(const std::string& file) {
  return fail(ErrorCode::io, "The key file " + file + " cannot be read.");
}

Result<void> read_secret(const std::string& file, std::string& text) {
  const Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (opened.get() < 0 && errno == ENOENT) {
    return fail(ErrorCode::not_found, "There is no key file " + file + ".");
  }
  struct stat status{};
  if (opened.get() < 0 || ::fstat(opened.get(), &status) != 0) return unreadable(file);
  if ((status.st_mode & kOthers) != 0) {
    return fail(ErrorCode::failed_precondition, "The key file " + file +
                                                    " may be read by others than its owner: "
                                                    "set its mode to 0600.");
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  if (!S_ISREG(status.st_mode) || size > kMaxKeyFile) {
    return fail(ErrorCode::invalid_argument, file + " is no key file.");
  }
  text.resize(size);
  const bool is_read = ::read(opened.get(), text.data(), size) == static_cast<ssize_t>(size);
  if (!is_read) return unreadable(file);
  return {};
}

// The first certificate of a PEM text, DER.
std::string find_certificate(std::string_view pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  PARLEY_CHECK(bio != nullptr);
  std::string found;
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  while (found.empty() && PEM_read_bio(bio.get(), &name, &header, &data, &size) == 1) {
    if (name == kCertificate) found.assign(data, data + size);
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_clear_free(data, static_cast<std::size_t>(size));
  }
  return found;
}

std::string certificate_pem(std::string_view der) {
  const Bio bio(BIO_new(BIO_s_mem()));
  const Bytes bytes = as_bytes(der);
  PARLEY_CHECK(bio != nullptr && PEM_write_bio(bio.get(), kCertificate.data(), "", bytes.data(),
                                               static_cast<long>(bytes.size())) > 0);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace

Result<DeviceIdentity> read_key_file(const std::string& file) {
  SecretText secret;
  const auto read = read_secret(file, secret.text);
  if (!read) return std::unexpected(read.error());
  auto key = DeviceKey::load(secret.text);
  if (!key) {
    return fail(ErrorCode::invalid_argument, "The key file " + file + ": " + key.error().message);
  }
  return DeviceIdentity{.key = *std::move(key), .credential = find_certificate(secret.text)};
}

Result<void> write_key_file(const std::string& file, const DeviceKey& key,
                            std::string_view credential) {
  SecretText secret;
  secret.text = key.private_pem();
  if (!credential.empty()) secret.text += certificate_pem(credential);
  // Written beside and renamed, so that a crash leaves the old file or the new one.
  const std::string fresh = file + ".new";
  ::unlink(fresh.c_str());  // of a crash
  Descriptor made(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  const auto size = static_cast<ssize_t>(secret.text.size());
  const bool is_written = made.get() >= 0 && ::fchmod(made.get(), 0600) == 0 &&
                          ::write(made.get(), secret.text.data(), secret.text.size()) == size &&
                          ::fsync(made.get()) == 0 && made.close() &&
                          std::rename(fresh.c_str(), file.c_str()) == 0;
  if (is_written) return {};
  return fail(ErrorCode::io, "The key file " + file + " cannot be written.");
}

Result<DeviceIdentity> open_identity(const std::string& file, bool may_enrol,
                                     RandomSource& random) {
  if (!file.empty()) {
    auto known = read_key_file(file);
    if (known || known.error().code != ErrorCode::not_found || !may_enrol) return known;
  }
  DeviceIdentity fresh{.key = DeviceKey::generate(random), .credential = {}};
  if (file.empty()) return fresh;
  const auto written = write_key_file(file, fresh.key, {});
  if (!written) return std::unexpected(written.error());
  return fresh;
}

}  // namespace parley::client
