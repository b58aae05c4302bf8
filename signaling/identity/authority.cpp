#include "signaling/identity/authority.hpp"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <charconv>
#include <ctime>
#include <optional>
#include <utility>

#include "signaling/identity/display_name.hpp"

namespace parley::signaling {
namespace {

constexpr auto kAuthorityLife = std::chrono::days(20 * 365);
constexpr std::size_t kCoordinateBytes = 32;  // of P-256
// X.520 serialNumber of a device: its id as sixteen hexadecimal digits; and user:<id> as an
// organizational unit, because certificates have no field for either.
constexpr int kHexBase = 16;

template <class T, void (*Free)(T*)>
struct Deleter {
  void operator()(T* object) const { Free(object); }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY, EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509, X509_free>>;
using Context = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX, EVP_MD_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, Deleter<BIGNUM, BN_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, Deleter<ECDSA_SIG, ECDSA_SIG_free>>;

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;

std::unexpected<Error> refused() { return fail(ErrorCode::io, "OpenSSL could not do this."); }

std::unexpected<Error> no_credential() {
  return fail(ErrorCode::invalid_argument, "This is no credential of this kind.");
}

Key read_public_key(Bytes der) {
  const unsigned char* next = der.data();
  Key key(d2i_PUBKEY(nullptr, &next, static_cast<long>(der.size())));
  const bool is_all = key != nullptr && next == der.data() + der.size();
  return is_all ? std::move(key) : Key{};
}

bool is_p256(const EVP_PKEY* key) {
  std::array<char, 32> group{};
  std::size_t size = 0;
  return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
         EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) == 1 &&
         std::string_view(group.data(), size) == "prime256v1";
}

bool is_ed25519(const EVP_PKEY* key) { return EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519; }

// r and s side by side, as the structure OpenSSL checks.
std::vector<std::uint8_t> to_der(Bytes signature) {
  if (signature.size() != 2 * kCoordinateBytes) return {};
  Number r(BN_bin2bn(signature.data(), kCoordinateBytes, nullptr));
  Number s(BN_bin2bn(signature.data() + kCoordinateBytes, kCoordinateBytes, nullptr));
  const Signature both(ECDSA_SIG_new());
  if (!r || !s || !both || ECDSA_SIG_set0(both.get(), r.get(), s.get()) != 1) return {};
  (void)r.release();
  (void)s.release();
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(both.get(), &der);
  if (size <= 0) return {};
  std::vector<std::uint8_t> copy(der, der + size);
  OPENSSL_free(der);
  return copy;
}

bool set_time(ASN1_TIME* field, WallTime time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch());
  return ASN1_TIME_adj(field, 0, 0, 0) != nullptr &&
         ASN1_TIME_adj(field, static_cast<time_t>(seconds.count()), 0, 0) != nullptr;
}

std::optional<WallTime> get_time(const ASN1_TIME* field) {
  std::tm calendar{};
  if (ASN1_TIME_to_tm(field, &calendar) != 1) return std::nullopt;
  using namespace std::chrono;
  const year_month_day day = year(calendar.tm_year + 1900) /
                             month(static_cast<unsigned>(calendar.tm_mon) + 1) /
                             std::chrono::day(static_cast<unsigned>(calendar.tm_mday));
  const auto time =
      sys_days(day) + hours(calendar.tm_hour) + minutes(calendar.tm_min) + seconds(calendar.tm_sec);
  return WallTime(duration_cast<Duration>(time.time_since_epoch()));
}

bool add_entry(X509_NAME* name, int field, std::string_view text) {
  return X509_NAME_add_entry_by_NID(name, field, MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(text.data()),
                                    static_cast<int>(text.size()), -1, 0) == 1;
}

// Empty: not there, or not once.
std::string entry(const X509_NAME* name, int field) {
  const int at = X509_NAME_get_index_by_NID(name, field, -1);
  if (at < 0 || X509_NAME_get_index_by_NID(name, field, at) >= 0) return {};
  unsigned char* text = nullptr;
  const int size =
      ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
  if (size < 0) return {};
  std::string copy(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
  OPENSSL_free(text);
  return copy;
}

std::string hex(std::uint64_t id) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(2 * sizeof id, '0');
  for (std::size_t i = text.size(); i-- > 0; id /= kHexBase) text[i] = kDigits[id % kHexBase];
  return text;
}

// 0: not as hex() writes it.
std::uint64_t from_hex(std::string_view text) {
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id, kHexBase);
  const bool is_whole = error == std::errc{} && end == text.data() + text.size();
  return is_whole && text.size() == 2 * sizeof id ? id : 0;
}

bool add_extension(X509* certificate, int field, const char* value) {
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, field, value);
  if (extension == nullptr) return false;
  const bool is_added = X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return is_added;
}

bool set_serial(X509* certificate, std::uint64_t serial) {
  return ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial) == 1;
}

std::vector<std::uint8_t> to_der(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  if (size <= 0) return {};
  std::vector<std::uint8_t> copy(der, der + size);
  OPENSSL_free(der);
  return copy;
}

std::vector<std::uint8_t> to_der(EVP_PKEY* public_key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(public_key, &der);
  if (size <= 0) return {};
  std::vector<std::uint8_t> copy(der, der + size);
  OPENSSL_free(der);
  return copy;
}

std::uint64_t random_serial(RandomSource& random) {
  return random.next_u64() >> 1 | 1;  // positive, and never 0
}

}  // namespace

struct Authority::Keys {
  Key key;
  Certificate certificate;
  std::vector<std::uint8_t> der;
  std::string organisation;
};

Result<void> check_public_key(Bytes der) {
  if (der.size() <= kMaxPublicKey) {
    const Key key = read_public_key(der);
    if (key && (is_p256(key.get()) || is_ed25519(key.get()))) return {};
  }
  return fail(ErrorCode::invalid_argument,
              "The public key is neither ECDSA P-256 nor Ed25519, or it is damaged.");
}

bool is_signed_by(Bytes public_key, Bytes message, Bytes signature) {
  const Key key = read_public_key(public_key);
  if (!key) return false;
  const bool is_edwards = is_ed25519(key.get());
  if (!is_edwards && !is_p256(key.get())) return false;
  const std::vector<std::uint8_t> der =
      is_edwards ? std::vector(signature.begin(), signature.end()) : to_der(signature);
  const Context context(EVP_MD_CTX_new());
  return context != nullptr && !der.empty() &&
         EVP_DigestVerifyInit(context.get(), nullptr, is_edwards ? nullptr : EVP_sha256(), nullptr,
                              key.get()) == 1 &&
         EVP_DigestVerify(context.get(), der.data(), der.size(), message.data(), message.size()) ==
             1;
}

Authority::Authority(std::unique_ptr<Keys> keys) : keys_(std::move(keys)) {}
Authority::Authority(Authority&&) noexcept = default;
Authority& Authority::operator=(Authority&&) noexcept = default;
Authority::~Authority() = default;

const std::vector<std::uint8_t>& Authority::certificate() const { return keys_->der; }
const std::string& Authority::organisation() const { return keys_->organisation; }

Result<Authority> Authority::create(std::string_view organisation, RandomSource& random,
                                    WallTime now) {
  if (organisation.empty() || !is_display_name(organisation)) {
    return fail(ErrorCode::invalid_argument, "The organisation needs a name.");
  }
  Key key(EVP_EC_gen("P-256"));
  Certificate certificate(X509_new());
  if (!key || !certificate) return refused();
  X509* const made = certificate.get();
  X509_NAME* const name = X509_get_subject_name(made);
  const bool is_made =
      X509_set_version(made, X509_VERSION_3) == 1 && set_serial(made, random_serial(random)) &&
      set_time(X509_getm_notBefore(made), now) &&
      set_time(X509_getm_notAfter(made), now + kAuthorityLife) &&
      add_entry(name, NID_organizationName, organisation) &&
      add_entry(name, NID_commonName, "Parley authority") &&
      X509_set_issuer_name(made, name) == 1 && X509_set_pubkey(made, key.get()) == 1 &&
      add_extension(made, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
      add_extension(made, NID_key_usage, "critical,keyCertSign") &&
      X509_sign(made, key.get(), EVP_sha256()) > 0;
  if (!is_made) return refused();
  auto keys = std::make_unique<Keys>();
  keys->der = to_der(made);
  keys->organisation = organisation;
  keys->key = std::move(key);
  keys->certificate = std::move(certificate);
  return Authority(std::move(keys));
}

Result<Authority> Authority::load(std::string_view pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!bio) return refused();
  auto keys = std::make_unique<Keys>();
  keys->key.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  keys->certificate.reset(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  const bool is_whole = keys->key && keys->certificate && is_p256(keys->key.get()) &&
                        X509_check_private_key(keys->certificate.get(), keys->key.get()) == 1;
  if (!is_whole) {
    return fail(ErrorCode::invalid_argument,
                "The authority's file does not hold its key and its certificate.");
  }
  keys->der = to_der(keys->certificate.get());
  keys->organisation = entry(X509_get_subject_name(keys->certificate.get()), NID_organizationName);
  return Authority(std::move(keys));
}

std::string Authority::pem() const {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (!bio ||
      PEM_write_bio_PrivateKey(bio.get(), keys_->key.get(), nullptr, nullptr, 0, nullptr,
                               nullptr) != 1 ||
      PEM_write_bio_X509(bio.get(), keys_->certificate.get()) != 1) {
    return {};
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

Result<std::vector<std::uint8_t>> Authority::issue(const Credential& credential) const {
  const Key subject = read_public_key(credential.public_key);
  const bool is_sound = check_public_key(credential.public_key) && !credential.name.empty() &&
                        is_display_name(credential.name) && !credential.device.is_none() &&
                        !credential.user.is_none() && credential.serial != 0 &&
                        credential.not_before < credential.not_after;
  if (!is_sound) {
    return fail(ErrorCode::invalid_argument, "This cannot be said in a credential.");
  }
  const Certificate certificate(X509_new());
  if (!certificate) return refused();
  X509* const made = certificate.get();
  X509_NAME* const name = X509_get_subject_name(made);
  const bool is_made =
      X509_set_version(made, X509_VERSION_3) == 1 && set_serial(made, credential.serial) &&
      set_time(X509_getm_notBefore(made), credential.not_before) &&
      set_time(X509_getm_notAfter(made), credential.not_after) &&
      add_entry(name, NID_organizationName, keys_->organisation) &&
      add_entry(name, NID_organizationalUnitName, hex(credential.user.value)) &&
      add_entry(name, NID_commonName, credential.name) &&
      add_entry(name, NID_serialNumber, hex(credential.device.value)) &&
      X509_set_issuer_name(made, X509_get_subject_name(keys_->certificate.get())) == 1 &&
      X509_set_pubkey(made, subject.get()) == 1 &&
      add_extension(made, NID_basic_constraints, "critical,CA:FALSE") &&
      add_extension(made, NID_key_usage, "critical,digitalSignature") &&
      X509_sign(made, keys_->key.get(), EVP_sha256()) > 0;
  std::vector<std::uint8_t> der = is_made ? to_der(made) : std::vector<std::uint8_t>{};
  if (der.empty() || der.size() > kMaxCredential) return refused();
  return der;
}

Result<Credential> Authority::verify(Bytes der, WallTime now, std::chrono::seconds grace) const {
  if (der.size() > kMaxCredential) return no_credential();
  const unsigned char* next = der.data();
  const Certificate certificate(d2i_X509(nullptr, &next, static_cast<long>(der.size())));
  if (!certificate || next != der.data() + der.size()) return no_credential();
  const X509_NAME* const name = X509_get_subject_name(certificate.get());
  const auto not_before = get_time(X509_get0_notBefore(certificate.get()));
  const auto not_after = get_time(X509_get0_notAfter(certificate.get()));
  Credential credential{.device = DeviceId{from_hex(entry(name, NID_serialNumber))},
                        .user = UserId{from_hex(entry(name, NID_organizationalUnitName))},
                        .name = entry(name, NID_commonName),
                        .organisation = entry(name, NID_organizationName)};
  const bool has_serial =
      ASN1_INTEGER_get_uint64(&credential.serial, X509_get0_serialNumber(certificate.get())) == 1;
  const bool is_whole = has_serial && not_before && not_after && !credential.device.is_none() &&
                        !credential.user.is_none() && !credential.name.empty();
  if (!is_whole) return no_credential();
  credential.not_before = *not_before;
  credential.not_after = *not_after;
  if (X509_verify(certificate.get(), keys_->key.get()) != 1) {
    return fail(ErrorCode::unauthenticated, "Another authority signed this credential.");
  }
  if (now < *not_before || now >= *not_after + grace) {
    return fail(ErrorCode::expired, "This credential has run out.");
  }
  EVP_PKEY* const key = X509_get0_pubkey(certificate.get());
  if (key != nullptr) credential.public_key = to_der(key);
  if (!check_public_key(credential.public_key)) return no_credential();
  return credential;
}

}  // namespace parley::signaling
