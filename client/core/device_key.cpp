#include "client/core/device_key.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <utility>

#include "base/check.hpp"
#include "base/secret.hpp"
#include "protocol/proof.hpp"

namespace parley::client {
namespace {

constexpr const char* kGroup = "prime256v1";
constexpr std::size_t kScalarBytes = 32;  // of P-256
constexpr std::uint32_t kEightDigits = 100'000'000;

template <class T, void (*Free)(T*)>
struct Deleter {
  void operator()(T* object) const { Free(object); }
};
using Number = std::unique_ptr<BIGNUM, Deleter<BIGNUM, BN_clear_free>>;
using Group = std::unique_ptr<EC_GROUP, Deleter<EC_GROUP, EC_GROUP_free>>;
using Point = std::unique_ptr<EC_POINT, Deleter<EC_POINT, EC_POINT_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Deleter<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Deleter<OSSL_PARAM, OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Deleter<EVP_PKEY_CTX, EVP_PKEY_CTX_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX, EVP_MD_CTX_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, Deleter<ECDSA_SIG, ECDSA_SIG_free>>;
struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;

// FIPS 186-5 A.2.2: candidates until one is in [1, n - 1].
Number make_scalar(const EC_GROUP* group, RandomSource& random) {
  const BIGNUM* const order = EC_GROUP_get0_order(group);
  std::array<std::uint8_t, kScalarBytes> bytes{};
  for (;;) {
    random.fill(bytes);
    Number scalar(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
    wipe(bytes);
    PARLEY_CHECK(scalar != nullptr);
    if (!BN_is_zero(scalar.get()) && BN_cmp(scalar.get(), order) < 0) return scalar;
  }
}

std::vector<std::uint8_t> encode_point(const EC_GROUP* group, const EC_POINT* point) {
  constexpr auto kForm = POINT_CONVERSION_UNCOMPRESSED;
  std::vector<std::uint8_t> bytes(EC_POINT_point2oct(group, point, kForm, nullptr, 0, nullptr));
  PARLEY_CHECK(!bytes.empty() && EC_POINT_point2oct(group, point, kForm, bytes.data(), bytes.size(),
                                                    nullptr) == bytes.size());
  return bytes;
}

bool is_p256(const EVP_PKEY* key) {
  std::array<char, 32> group{};
  std::size_t size = 0;
  return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
         EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) == 1 &&
         std::string_view(group.data(), size) == kGroup;
}

// Nobody is asked for a passphrase.
int no_passphrase(char*, int, int, void*) { return -1; }

}  // namespace

void DeviceKey::FreeKey::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

DeviceKey::DeviceKey(Key key) : key_(std::move(key)) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key_.get(), &der);
  PARLEY_CHECK(size > 0);
  public_key_.assign(der, der + size);
  OPENSSL_free(der);
}

DeviceKey::DeviceKey(DeviceKey&&) noexcept = default;
DeviceKey& DeviceKey::operator=(DeviceKey&&) noexcept = default;
DeviceKey::~DeviceKey() = default;

DeviceKey DeviceKey::generate(RandomSource& random) {
  const Group group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  PARLEY_CHECK(group != nullptr);
  const Number scalar = make_scalar(group.get(), random);
  const Point point(EC_POINT_new(group.get()));
  PARLEY_CHECK(point != nullptr && EC_POINT_mul(group.get(), point.get(), scalar.get(), nullptr,
                                                nullptr, nullptr) == 1);
  const auto public_point = encode_point(group.get(), point.get());
  const Builder builder(OSSL_PARAM_BLD_new());
  PARLEY_CHECK(
      builder != nullptr &&
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, kGroup, 0) == 1 &&
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, public_point.data(),
                                       public_point.size()) == 1 &&
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar.get()) == 1);
  const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  PARLEY_CHECK(params != nullptr && context != nullptr &&
               EVP_PKEY_fromdata_init(context.get()) == 1 &&
               EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, params.get()) == 1);
  return DeviceKey(Key(key));
}

Result<DeviceKey> DeviceKey::load(std::string_view pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Key key(bio == nullptr ? nullptr
                         : PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  if (key == nullptr || !is_p256(key.get())) {
    return fail(ErrorCode::invalid_argument, "There is no private key (ECDSA P-256, PEM) in it.");
  }
  return DeviceKey(std::move(key));
}

const std::vector<std::uint8_t>& DeviceKey::public_key() const { return public_key_; }

std::string DeviceKey::eight_digits() const {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> hash{};
  PARLEY_CHECK(EVP_Digest(public_key_.data(), public_key_.size(), hash.data(), nullptr,
                          EVP_sha256(), nullptr) == 1);
  const std::string digits = std::to_string(ByteReader(hash).u32() % kEightDigits);
  return std::string(std::to_string(kEightDigits).size() - 1 - digits.size(), '0') + digits;
}

std::string DeviceKey::private_pem() const {
  const Bio bio(BIO_new(BIO_s_secmem()));
  PARLEY_CHECK(bio != nullptr && PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr,
                                                               nullptr, 0, nullptr, nullptr) == 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string DeviceKey::sign(std::string_view text) const {
  const Digest context(EVP_MD_CTX_new());
  const Bytes message = as_bytes(text);
  std::vector<std::uint8_t> der(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())));
  std::size_t size = der.size();
  PARLEY_CHECK(context != nullptr &&
               EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
               EVP_DigestSign(context.get(), der.data(), &size, message.data(), message.size()) ==
                   1);
  const unsigned char* next = der.data();
  const Signature both(d2i_ECDSA_SIG(nullptr, &next, static_cast<long>(size)));
  PARLEY_CHECK(both != nullptr);
  constexpr int kHalf = static_cast<int>(protocol::kSignatureBytes / 2);
  std::array<std::uint8_t, protocol::kSignatureBytes> raw{};
  PARLEY_CHECK(BN_bn2binpad(ECDSA_SIG_get0_r(both.get()), raw.data(), kHalf) == kHalf &&
               BN_bn2binpad(ECDSA_SIG_get0_s(both.get()), raw.data() + kHalf, kHalf) == kHalf);
  return std::string(as_text(raw));
}

}  // namespace parley::client
