#include "signaling/server/response_headers.hpp"

#include <array>

#include "base/endpoint.hpp"

namespace parley::signaling {

namespace {

// HSTS stands first, so that a span can leave it out.
constexpr std::array<ResponseHeader, 7> kHeaders{{
    {"strict-transport-security:", "max-age=31536000"},
    {"content-security-policy:",
     "default-src 'self'; connect-src 'self'; img-src 'self' data:; media-src 'self' blob:; "
     "worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; "
     "frame-ancestors 'none'"},
    {"x-content-type-options:", "nosniff"},
    {"referrer-policy:", "no-referrer"},
    {"permissions-policy:",
     "microphone=(self), screen-wake-lock=(self), camera=(), geolocation=(), payment=(), usb=()"},
    {"cross-origin-opener-policy:", "same-origin"},
    {"cross-origin-resource-policy:", "same-origin"},
}};

}  // namespace

std::span<const ResponseHeader> security_headers(bool with_hsts) {
  return std::span(kHeaders).subspan(with_hsts ? 0 : 1);
}

bool wants_hsts(std::string_view public_url) {
  constexpr std::string_view kScheme = "https://";
  if (!public_url.starts_with(kScheme)) return false;
  std::string_view host = public_url.substr(kScheme.size());
  if (host.starts_with('[')) return false;
  host = host.substr(0, host.find(':'));
  return host != "localhost" && !host.ends_with(".localhost") && !IpAddress::parse(host);
}

}  // namespace parley::signaling
