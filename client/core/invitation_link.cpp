#include "client/core/invitation_link.hpp"

#include <algorithm>
#include <charconv>

#include "base/base64url.hpp"

namespace parley::client {
namespace {

constexpr std::string_view kScheme = "https://";

Result<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) {
    return fail(ErrorCode::invalid_argument, "The port in the link is not a number of 1 to 65535.");
  }
  return port;
}

// "host", "host:port", "[v6]" or "[v6]:port".
Result<InvitationLink> parse_authority(std::string_view authority) {
  InvitationLink link;
  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) {
      return fail(ErrorCode::invalid_argument,
                  "The address in the link lacks its closing bracket.");
    }
    link.host = authority.substr(1, end - 1);
    port = authority.substr(end + 1);
  } else {
    const std::size_t colon = authority.find(':');
    link.host = authority.substr(0, colon);
    port = colon == std::string_view::npos ? "" : authority.substr(colon);
  }
  std::ranges::transform(link.host, link.host.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (link.host.empty()) return fail(ErrorCode::invalid_argument, "The link names no host.");
  if (port.empty()) return link;
  if (!port.starts_with(':')) {
    return fail(ErrorCode::invalid_argument, "The host in the link is damaged.");
  }
  const auto number = parse_port(port.substr(1));
  if (!number) return std::unexpected(number.error());
  link.port = *number;
  return link;
}

}  // namespace

Result<InvitationLink> InvitationLink::parse(std::string_view text) {
  if (text.size() > kMaxLength) {
    return fail(ErrorCode::invalid_argument, "The link is too long to be one of Parley's.");
  }
  if (!text.starts_with(kScheme)) {
    return fail(ErrorCode::invalid_argument, "The link must start with https://.");
  }
  text.remove_prefix(kScheme.size());
  auto link = parse_authority(text.substr(0, text.find_first_of("/?#")));
  if (!link) return link;
  const std::size_t fragment = text.find('#');
  if (fragment == std::string_view::npos) return link;
  std::string_view value = text.substr(fragment + 1);
  if (!value.starts_with("e=") && !value.starts_with("i=")) return link;
  const auto invitation = from_base64url(value.substr(2));
  if (!invitation || invitation->size() != kCodeBytes) {
    return fail(ErrorCode::invalid_argument,
                "The code in the link is damaged or incomplete; copy the whole link.");
  }
  link->invitation.assign(invitation->begin(), invitation->end());
  return link;
}

std::string InvitationLink::signed_host() const {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

}  // namespace parley::client
