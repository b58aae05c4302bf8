// OCB2-AES128 (draft-krovetz-ocb-00), the authenticated encryption of Mumble's voice packets. Only
// the load tool uses it, as a client of Mumble's server: OCB2 is broken as a general AEAD
// (eprint 2019/311), and nothing of Parley's own may be protected with it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "base/bytes.hpp"

struct evp_cipher_ctx_st;

namespace parley::client {

using OcbBlock = std::array<std::uint8_t, 16>;

class Ocb2 {
 public:
  explicit Ocb2(const OcbBlock& key);

  // Writes plain.size() bytes to the front of `out`, which may be `plain` itself; returns the whole
  // tag, of which a protocol may send a part. A nonce is used once per key.
  [[nodiscard]] OcbBlock encrypt(const OcbBlock& nonce, Bytes plain, MutableBytes out);

  struct Opened {
    OcbBlock tag;        // to be compared with the received one by the caller
    bool is_suspicious;  // has the form that the known forgery needs: refuse it
  };
  // As encrypt(), the other way.
  [[nodiscard]] Opened decrypt(const OcbBlock& nonce, Bytes cipher, MutableBytes out);

 private:
  struct Free {
    void operator()(evp_cipher_ctx_st* context) const;
  };
  using Context = std::unique_ptr<evp_cipher_ctx_st, Free>;
  [[nodiscard]] static Context make_context(const OcbBlock& key, bool encrypts);
  [[nodiscard]] OcbBlock cipher_block(evp_cipher_ctx_st* context, const OcbBlock& in);
  // The pad of the last block and the tag, both directions.
  [[nodiscard]] OcbBlock pad(const OcbBlock& offset, std::size_t size);
  [[nodiscard]] OcbBlock tag(const OcbBlock& offset, const OcbBlock& checksum);

  Context encrypting_;
  Context decrypting_;
};

}  // namespace parley::client
