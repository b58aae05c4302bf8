#include "codecs/resample.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

#include "base/check.hpp"

namespace parley::codecs {
namespace {

// Zero crossings on each side: 16 puts what folds back about 70 dB below the voice.
constexpr std::size_t kCrossings = 16;
constexpr std::size_t kStepsPerCrossing = 256;  // linear between the steps: error below 16 bits

// One half of the kernel (it is symmetric), Blackman window, with one step more to read past.
std::vector<float> make_kernel() {
  constexpr double kSteps = kCrossings * kStepsPerCrossing;
  std::vector<float> kernel(kCrossings * kStepsPerCrossing + 2, 0.0F);
  kernel[0] = 1.0F;
  for (std::size_t i = 1; i <= kCrossings * kStepsPerCrossing; ++i) {
    const double x = static_cast<double>(i) / kStepsPerCrossing * std::numbers::pi;
    const double across = static_cast<double>(i) / kSteps * std::numbers::pi;
    const double window = 0.42 + 0.5 * std::cos(across) + 0.08 * std::cos(2 * across);
    kernel[i] = static_cast<float>(std::sin(x) / x * window);
  }
  return kernel;
}

// `distance`: from the kernel's middle, in zero crossings, not negative.
float kernel_at(const std::vector<float>& kernel, double distance) {
  const double position = distance * kStepsPerCrossing;
  const auto index = static_cast<std::size_t>(position);
  if (index + 1 >= kernel.size()) return 0.0F;
  const auto fraction = static_cast<float>(position - static_cast<double>(index));
  return kernel[index] + (kernel[index + 1] - kernel[index]) * fraction;
}

// The sum of the inputs around `center`, weighted so that a constant stays what it is.
float sample_at(std::span<const float> input, const std::vector<float>& kernel, double center,
                double cutoff) {
  const double reach = static_cast<double>(kCrossings) / cutoff;
  const double last = static_cast<double>(input.size() - 1);
  const auto first = static_cast<std::size_t>(std::max(0.0, std::ceil(center - reach)));
  const auto end = static_cast<std::size_t>(std::min(last, std::floor(center + reach))) + 1;
  float sum = 0.0F;
  float weights = 0.0F;
  for (std::size_t i = first; i < end; ++i) {
    const float weight = kernel_at(kernel, std::abs(static_cast<double>(i) - center) * cutoff);
    sum += input[i] * weight;
    weights += weight;
  }
  // Near the ends of the recording few inputs are in reach; there the weights may sum to little.
  constexpr float kLeastWeight = 0.1F;
  return weights > kLeastWeight ? sum / weights : sum;
}

}  // namespace

std::vector<float> resample(std::span<const float> input, std::uint32_t from_hz,
                            std::uint32_t to_hz) {
  PARLEY_CHECK(from_hz > 0 && to_hz > 0);
  if (from_hz == to_hz || input.empty()) return {input.begin(), input.end()};
  const std::vector<float> kernel = make_kernel();
  // Going down, everything above the new half rate is taken out first.
  const double cutoff = std::min(1.0, static_cast<double>(to_hz) / from_hz);
  const double step = static_cast<double>(from_hz) / to_hz;
  std::vector<float> output(
      static_cast<std::size_t>(std::uint64_t{input.size()} * to_hz / from_hz));
  for (std::size_t i = 0; i < output.size(); ++i) {
    output[i] = sample_at(input, kernel, static_cast<double>(i) * step, cutoff);
  }
  return output;
}

}  // namespace parley::codecs
