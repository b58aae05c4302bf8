#include "sfu/core/ice_token.hpp"

#include <string_view>

namespace parley::sfu {

std::string make_ice_token(std::size_t count, RandomSource& random) {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string token(count, '\0');
  random.fill({reinterpret_cast<std::uint8_t*>(token.data()), token.size()});
  for (char& character : token) {
    character = kAlphabet[static_cast<std::uint8_t>(character) % kAlphabet.size()];
  }
  return token;
}

}  // namespace parley::sfu
