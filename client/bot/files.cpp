#include "client/bot/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/base64url.hpp"

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

std::string read_resume_token(const std::string& file) {
  std::ifstream in(file);
  std::string text;
  in >> text;
  const auto token = from_base64url(text).value_or(std::vector<std::uint8_t>());
  return std::string(token.begin(), token.end());
}

Result<void> write_resume_token(const std::string& file, std::string_view token) {
  const std::string text = to_base64url(as_bytes(token)) + "\n";
  // Written beside and renamed, so that a crash leaves the old token or the new one.
  const std::string fresh = file + ".new";
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  bool is_written = fd >= 0 && ::fchmod(fd, 0600) == 0 &&
                    ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (fd >= 0) is_written = ::close(fd) == 0 && is_written;
  if (!is_written || std::rename(fresh.c_str(), file.c_str()) != 0) {
    return fail(ErrorCode::io, "The session file " + file + " cannot be written.");
  }
  return {};
}

std::string explain_refusal(const api::Error& error) {
  switch (error.code()) {
    case api::Error::INVITATION_INVALID:
      return "The invitation is forged or damaged: copy the whole link, or ask for a new one.";
    case api::Error::INVITATION_EXPIRED:
      return "The invitation has expired: ask for a new one.";
    case api::Error::INVITATION_USED:
      return "The invitation has been used already, and works once: ask for a new one.";
    case api::Error::SESSION_UNKNOWN:
      return "The server no longer knows this session: join with a new invitation.";
    case api::Error::SESSION_REPLACED:
      return "This session was taken up by another client.";
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
