#include "client/bot/files.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace parley::client {

Result<std::vector<std::uint8_t>> read_file(const std::string& file) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(file, error);
  std::ifstream in(file, std::ios::binary);
  if (error || !in) return fail(ErrorCode::not_found, "The file " + file + " cannot be read.");
  if (size > kMaxPlayFile) return fail(ErrorCode::not_found, "The file " + file + " is too large.");
  return std::vector<std::uint8_t>{std::istreambuf_iterator<char>(in), {}};
}

Result<void> write_file(const std::string& file, Bytes bytes) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(as_text(bytes).data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) return fail(ErrorCode::io, "The file " + file + " cannot be written.");
  return {};
}

std::string explain_refusal(const api::Error& error) {
  switch (error.code()) {
    case api::Error::INVITATION_INVALID:
      return "The server does not know this link (any more): copy the whole link, or ask for a new "
             "one.";
    case api::Error::INVITATION_EXPIRED:
      return "The link has expired: ask for a new one.";
    case api::Error::INVITATION_USED:
      return "The link has been used already, and works once: ask for a new one.";
    case api::Error::DEVICE_UNKNOWN:
      return "The server does not know this device (any more): join with a new link and a new key "
             "file.";
    case api::Error::CREDENTIAL_EXPIRED:
      return "This device was away for too long: join with a new link and a new key file.";
    case api::Error::ACCESS_ENDED:
      return "The access of this user is over, or has not begun.";
    case api::Error::SIGNATURE_INVALID:
      return "The server does not take this device's signature: use the host name that the server "
             "has for itself.";
    case api::Error::TOO_MANY_DEVICES:
      return "This user has too many devices: have one of them removed.";
    case api::Error::SESSION_REPLACED:
      return "This device has signed in from elsewhere.";
    default:  // a generated, open enum: the server's own sentence serves for the rest
      return "The server refused (" + api::Error::Code_Name(error.code()) + "): " + error.message();
  }
}

bool is_certificate_problem(std::string_view reason) {
  constexpr std::array<std::string_view, 4> kSigns = {"certificate", "cert", "CA is not trusted",
                                                      "hostname"};
  return std::ranges::any_of(
      kSigns, [&](std::string_view sign) { return reason.find(sign) != std::string_view::npos; });
}

}  // namespace parley::client
