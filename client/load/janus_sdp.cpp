#include "client/load/janus_sdp.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace parley::client {
namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Takes what stands before `separator` (or everything) off the front of `text`.
std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return taken;
}

// "sha-256 AB:CD:..." (RFC 8122 5).
std::optional<sfu::Fingerprint> parse_fingerprint(std::string_view value) {
  std::string algorithm(take_until(value, ' '));
  std::ranges::transform(algorithm, algorithm.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  if (algorithm != "sha-256") return std::nullopt;
  sfu::Fingerprint fingerprint;
  for (std::uint8_t& byte : fingerprint) {
    const std::string_view pair = take_until(value, ':');
    const auto [end, error] = std::from_chars(pair.data(), pair.data() + pair.size(), byte, 16);
    if (pair.size() != 2 || error != std::errc{} || end != pair.data() + 2) return std::nullopt;
  }
  if (!value.empty()) return std::nullopt;
  return fingerprint;
}

// "1 1 udp 2015363583 10.0.0.1 60856 typ host": foundation, component, transport, priority,
// address, port (RFC 8839 5.1). nullopt: not a candidate by UDP.
std::optional<Endpoint> parse_candidate(std::string_view value) {
  take_until(value, ' ');
  take_until(value, ' ');
  const std::string_view transport = take_until(value, ' ');
  if (transport != "udp" && transport != "UDP") return std::nullopt;
  take_until(value, ' ');
  const auto address = IpAddress::parse(take_until(value, ' '));
  const auto port = parse_number<std::uint16_t>(take_until(value, ' '));
  if (!address || !port) return std::nullopt;
  return Endpoint{.address = *address, .port = *port};
}

// "audio 9 UDP/TLS/RTP/SAVPF 111".
SdpMedia parse_media(std::string_view value) {
  SdpMedia media;
  for (int skipped = 0; skipped < 3; ++skipped) take_until(value, ' ');
  media.payload_type = parse_number<std::uint8_t>(take_until(value, ' ')).value_or(0);
  return media;
}

struct Parsed {
  SdpRemote remote;
  bool has_fingerprint = false;
  bool has_candidate = false;
};

void take_attribute(std::string_view attribute, Parsed& parsed) {
  const std::string_view name = take_until(attribute, ':');
  SdpRemote& remote = parsed.remote;
  if (name == "ice-ufrag") {
    remote.ice.ufrag = attribute;
  } else if (name == "ice-pwd") {
    remote.ice.pwd = attribute;
  } else if (name == "fingerprint") {
    if (const auto fingerprint = parse_fingerprint(attribute)) {
      remote.fingerprint = *fingerprint;
      parsed.has_fingerprint = true;
    }
  } else if (name == "candidate" && !parsed.has_candidate) {
    if (const auto candidate = parse_candidate(attribute)) {
      remote.candidate = *candidate;
      parsed.has_candidate = true;
    }
  } else if (name == "mid" && !remote.media.empty()) {
    remote.media.back().mid = attribute;
  } else if (name == "ssrc" && !remote.media.empty() && !remote.media.back().ssrc) {
    const auto ssrc = parse_number<std::uint32_t>(take_until(attribute, ' '));
    if (ssrc) remote.media.back().ssrc = Ssrc{*ssrc};
  }
}

std::string to_text(const sfu::Fingerprint& fingerprint) {
  std::string text;
  for (const std::uint8_t byte : fingerprint) {
    if (!text.empty()) text += ':';
    text += kHexDigits[byte >> 4];
    text += kHexDigits[byte & 0x0f];
  }
  return text;
}

std::string write_session(const SdpLocal& local, const std::string& mids) {
  return "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE" + mids +
         "\r\na=ice-ufrag:" + local.ice.ufrag + "\r\na=ice-pwd:" + local.ice.pwd +
         "\r\na=fingerprint:sha-256 " + to_text(local.fingerprint) + "\r\na=setup:active\r\n";
}

std::string write_media(const SdpMedia& media, std::string_view direction) {
  const std::string type = std::to_string(media.payload_type);
  return "m=audio 9 UDP/TLS/RTP/SAVPF " + type + "\r\nc=IN IP4 0.0.0.0\r\na=mid:" + media.mid +
         "\r\na=" + std::string(direction) + "\r\na=rtcp-mux\r\na=rtpmap:" + type +
         " opus/48000/2\r\n";
}

}  // namespace

Result<SdpRemote> parse_sdp(std::string_view text) {
  Parsed parsed;
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with("m=")) {
      if (parsed.remote.media.size() == kMaxSdpMedia) {
        return fail(ErrorCode::resource_exhausted, "The SDP has more media lines than are taken.");
      }
      parsed.remote.media.push_back(parse_media(line.substr(2)));
    } else if (line.starts_with("a=")) {
      take_attribute(line.substr(2), parsed);
    }
  }
  if (parsed.remote.ice.ufrag.empty() || parsed.remote.ice.pwd.empty()) {
    return fail(ErrorCode::invalid_argument, "The SDP has no ICE credentials.");
  }
  if (!parsed.has_fingerprint) {
    return fail(ErrorCode::invalid_argument, "The SDP has no SHA-256 fingerprint.");
  }
  if (!parsed.has_candidate) {
    return fail(ErrorCode::invalid_argument, "The SDP has no candidate by UDP.");
  }
  if (parsed.remote.media.empty()) {
    return fail(ErrorCode::invalid_argument, "The SDP has no media.");
  }
  return std::move(parsed.remote);
}

std::string write_sdp_offer(const SdpLocal& local, Ssrc ssrc) {
  const SdpMedia media{.mid = "0", .payload_type = kJanusPayloadType, .ssrc = {}};
  return write_session(local, " 0") + write_media(media, "sendonly") +
         "a=ssrc:" + std::to_string(ssrc.value) + " cname:parley-load\r\n";
}

std::string write_sdp_answer(const SdpLocal& local, const SdpRemote& offer) {
  std::string mids;
  std::string body;
  for (const SdpMedia& media : offer.media) {
    mids += ' ' + media.mid;
    body += write_media(media, "recvonly");
  }
  return write_session(local, mids) + body;
}

}  // namespace parley::client
