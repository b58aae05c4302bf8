#include "client/load/mumble_crypt.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace parley::client {
namespace {

constexpr std::size_t kTagBytes = 3;

// Adds one, or takes one, at byte `first` and above.
void count_up(OcbBlock& nonce, std::size_t first) {
  for (std::size_t i = first; i < nonce.size(); ++i) {
    if (++nonce[i] != 0) return;
  }
}
void count_down(OcbBlock& nonce, std::size_t first) {
  for (std::size_t i = first; i < nonce.size(); ++i) {
    if (nonce[i]-- != 0) return;
  }
}

// How far `wire_byte` is ahead of the newest one, -128 to 127.
std::int8_t distance(std::uint8_t newest, std::uint8_t wire_byte) {
  return static_cast<std::int8_t>(static_cast<std::uint8_t>(wire_byte - newest));
}

}  // namespace

MumbleCrypt::MumbleCrypt(const OcbBlock& key, const OcbBlock& send_nonce,
                         const OcbBlock& receive_nonce)
    : cipher_(key), send_nonce_(send_nonce), receive_nonce_(receive_nonce) {}

std::size_t MumbleCrypt::seal(Bytes plain, MutableBytes out) {
  PARLEY_CHECK(out.size() >= plain.size() + kMumbleCryptHeader);
  count_up(send_nonce_, 0);
  const OcbBlock tag = cipher_.encrypt(send_nonce_, plain, out.subspan(kMumbleCryptHeader));
  out[0] = send_nonce_[0];
  std::copy_n(tag.begin(), kTagBytes, out.begin() + 1);
  return plain.size() + kMumbleCryptHeader;
}

OcbBlock MumbleCrypt::nonce_of(std::uint8_t wire_byte) const {
  OcbBlock nonce = receive_nonce_;
  const bool is_ahead = distance(receive_nonce_[0], wire_byte) >= 0;
  nonce[0] = wire_byte;
  if (is_ahead && wire_byte < receive_nonce_[0]) count_up(nonce, 1);
  if (!is_ahead && wire_byte > receive_nonce_[0]) count_down(nonce, 1);
  return nonce;
}

std::optional<MutableBytes> MumbleCrypt::open(Bytes datagram, MutableBytes out) {
  if (datagram.size() < kMumbleCryptHeader) return std::nullopt;
  const OcbBlock nonce = nonce_of(datagram[0]);
  const Bytes cipher = datagram.subspan(kMumbleCryptHeader);
  const Ocb2::Opened opened = cipher_.decrypt(nonce, cipher, out);
  const Bytes expected = datagram.subspan(1, kTagBytes);
  if (opened.is_suspicious || !equal_constant_time(Bytes(opened.tag).first(kTagBytes), expected)) {
    return std::nullopt;
  }
  follow(datagram);
  return out.first(cipher.size());
}

void MumbleCrypt::follow(Bytes datagram) {
  if (datagram.empty() || distance(receive_nonce_[0], datagram[0]) <= 0) return;
  receive_nonce_ = nonce_of(datagram[0]);
}

}  // namespace parley::client
