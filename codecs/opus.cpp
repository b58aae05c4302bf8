#include "codecs/opus.hpp"

#include <opus/opus.h>

#include <algorithm>
#include <array>
#include <string>

namespace parley::codecs {
namespace {

constexpr std::size_t kShortestFrame = 120;  // 2.5 ms
constexpr std::size_t kMaxFrames = 48;       // RFC 6716 3.2.5: 120 ms of 2.5 ms frames
constexpr std::uint32_t kMinBitrate = 6000;
constexpr std::uint32_t kMaxBitrate = 128000;
// A packet comes in one datagram or one Ogg packet; this keeps its size an int.
constexpr std::size_t kMaxPacketBytes = 65535;

std::unexpected<Error> refused(const char* what, int code) {
  return fail(ErrorCode::io, std::string(what) + ": " + opus_strerror(code) + ".");
}

std::unexpected<Error> not_opus() {
  return fail(ErrorCode::invalid_argument, "This is not an Opus packet.");
}

bool is_lost_duration(std::size_t samples) {
  return samples > 0 && samples <= kMaxOpusSamples && samples % kShortestFrame == 0;
}

// All settings at once; the first refusal is the result.
int apply(OpusEncoder* encoder, const OpusSettings& settings) {
  const std::array results{
      opus_encoder_ctl(encoder, OPUS_SET_BITRATE(static_cast<opus_int32>(settings.bitrate_bps))),
      opus_encoder_ctl(encoder, OPUS_SET_VBR(settings.has_constant_bitrate ? 0 : 1)),
      opus_encoder_ctl(encoder, OPUS_SET_INBAND_FEC(1)),
      opus_encoder_ctl(encoder, OPUS_SET_PACKET_LOSS_PERC(int{settings.expected_loss_percent})),
      opus_encoder_ctl(encoder, OPUS_SET_DTX(settings.has_dtx ? 1 : 0)),
      opus_encoder_ctl(encoder, OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE))};
  const auto* refusal = std::ranges::find_if(results, [](int result) { return result != OPUS_OK; });
  return refusal == results.end() ? OPUS_OK : *refusal;
}

}  // namespace

void OpusEncoderHandle::Free::operator()(OpusEncoder* encoder) const {
  opus_encoder_destroy(encoder);
}

void OpusDecoderHandle::Free::operator()(OpusDecoder* decoder) const {
  opus_decoder_destroy(decoder);
}

Result<OpusEncoderHandle> OpusEncoderHandle::create(const OpusSettings& settings) {
  if (settings.bitrate_bps < kMinBitrate || settings.bitrate_bps > kMaxBitrate) {
    return fail(ErrorCode::invalid_argument, "The Opus bitrate must be 6000 to 128000 bit/s.");
  }
  if (settings.expected_loss_percent > 100) {
    return fail(ErrorCode::invalid_argument, "The expected loss must be 0 to 100 percent.");
  }
  int code = OPUS_OK;
  OpusEncoderHandle handle(opus_encoder_create(int{kAudioRate}, 1, OPUS_APPLICATION_VOIP, &code));
  if (code != OPUS_OK || handle.encoder_ == nullptr) return refused("No Opus encoder", code);
  code = apply(handle.encoder_.get(), settings);
  if (code != OPUS_OK) return refused("The Opus encoder refused its settings", code);
  return handle;
}

Result<std::size_t> OpusEncoderHandle::encode(AudioFrame frame, MutableBytes out) {
  if (out.empty()) return fail(ErrorCode::invalid_argument, "There is no room for an Opus packet.");
  const auto room = static_cast<opus_int32>(std::min(out.size(), kMaxOpusPacket));
  const opus_int32 size =
      opus_encode(encoder_.get(), frame.data(), int{kFrameSamples}, out.data(), room);
  if (size < 0) return refused("Opus could not encode a frame", size);
  return static_cast<std::size_t>(size);
}

void OpusEncoderHandle::set_expected_loss(std::uint8_t percent) {
  const int clamped = std::min<int>(percent, 100);
  opus_encoder_ctl(encoder_.get(), OPUS_SET_PACKET_LOSS_PERC(clamped));
}

Result<OpusDecoderHandle> OpusDecoderHandle::create() {
  int code = OPUS_OK;
  OpusDecoderHandle handle(opus_decoder_create(int{kAudioRate}, 1, &code));
  if (code != OPUS_OK || handle.decoder_ == nullptr) return refused("No Opus decoder", code);
  return handle;
}

Result<std::size_t> OpusDecoderHandle::decode_with(Bytes packet, std::span<std::int16_t> out,
                                                   bool from_fec) {
  // libopus takes a null packet as a loss.
  const int samples = opus_decode(decoder_.get(), packet.empty() ? nullptr : packet.data(),
                                  static_cast<opus_int32>(packet.size()), out.data(),
                                  static_cast<int>(out.size()), from_fec ? 1 : 0);
  if (samples < 0) {
    return fail(ErrorCode::invalid_argument,
                std::string("Opus could not decode a packet: ") + opus_strerror(samples) + ".");
  }
  return static_cast<std::size_t>(samples);
}

Result<std::size_t> OpusDecoderHandle::decode(Bytes packet, std::span<std::int16_t> out) {
  const auto info = inspect_opus(packet);
  if (!info) return std::unexpected(info.error());
  if (out.size() < info->samples) {
    return fail(ErrorCode::invalid_argument, "The buffer is shorter than the Opus packet.");
  }
  return decode_with(packet, out.first(info->samples), false);
}

Result<std::size_t> OpusDecoderHandle::decode_lost_from(Bytes next, std::span<std::int16_t> out) {
  if (!inspect_opus(next)) return not_opus();
  if (!is_lost_duration(out.size())) {
    return fail(ErrorCode::invalid_argument, "A loss lasts 2.5 to 120 ms in steps of 2.5 ms.");
  }
  return decode_with(next, out, true);
}

Result<std::size_t> OpusDecoderHandle::conceal(std::span<std::int16_t> out) {
  if (!is_lost_duration(out.size())) {
    return fail(ErrorCode::invalid_argument, "A loss lasts 2.5 to 120 ms in steps of 2.5 ms.");
  }
  return decode_with({}, out, false);
}

Result<OpusPacketInfo> inspect_opus(Bytes packet) {
  if (packet.empty() || packet.size() > kMaxPacketBytes) return not_opus();
  const auto size = static_cast<opus_int32>(packet.size());
  std::array<const unsigned char*, kMaxFrames> frames{};
  std::array<opus_int16, kMaxFrames> sizes{};
  unsigned char contents = 0;
  const int count =
      opus_packet_parse(packet.data(), size, &contents, frames.data(), sizes.data(), nullptr);
  const int samples = opus_packet_get_nb_samples(packet.data(), size, int{kAudioRate});
  if (count <= 0 || samples <= 0) return not_opus();
  const auto used = std::span(sizes).first(static_cast<std::size_t>(count));
  return OpusPacketInfo{
      .samples = static_cast<std::size_t>(samples),
      .frames = used.size(),
      .is_stereo = opus_packet_get_nb_channels(packet.data()) == 2,
      .is_silence = std::ranges::all_of(used, [](opus_int16 bytes) { return bytes <= 1; })};
}

}  // namespace parley::codecs
