#include "client/load/process_times.hpp"

#include <unistd.h>

#include <charconv>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace parley::client {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSecondNs = 1'000'000'000;

std::optional<std::string> read_text(const fs::path& file) {
  std::ifstream in(file);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

// The field at `index`, fields being parted by single spaces.
std::optional<std::uint64_t> number_at(std::string_view text, std::size_t index) {
  for (; index > 0; --index) {
    const auto space = text.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    text.remove_prefix(space + 1);
  }
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc{}) return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::uint64_t> parse_schedstat(std::string_view text) { return number_at(text, 0); }

std::optional<ProcessTimes> parse_stat(std::string_view text, std::uint64_t tick_ns) {
  // The name stands in parentheses and may hold anything; fields 3 and on follow the last one.
  const auto name_end = text.rfind(") ");
  if (name_end == std::string_view::npos) return std::nullopt;
  const std::string_view fields = text.substr(name_end + 2);
  const auto user = number_at(fields, 11);  // field 14 of proc(5)
  const auto system = number_at(fields, 12);
  if (!user || !system) return std::nullopt;
  return ProcessTimes{.run_ns = 0, .user_ns = *user * tick_ns, .system_ns = *system * tick_ns};
}

std::optional<ProcessTimes> read_process_times(int pid) {
  const fs::path process = fs::path("/proc") / std::to_string(pid);
  const auto stat = read_text(process / "stat");
  if (!stat) return std::nullopt;
  const auto ticks_per_second = static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
  auto times = parse_stat(*stat, kSecondNs / ticks_per_second);
  if (!times) return std::nullopt;
  std::error_code error;
  for (const auto& task : fs::directory_iterator(process / "task", error)) {
    const auto text = read_text(task.path() / "schedstat");
    if (text) times->run_ns += parse_schedstat(*text).value_or(0);
  }
  if (error) return std::nullopt;
  return times;
}

Duration own_cpu() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return std::chrono::duration_cast<Duration>(std::chrono::seconds(time.tv_sec) +
                                              std::chrono::nanoseconds(time.tv_nsec));
}

std::optional<std::uint64_t> read_resident_bytes(int pid) {
  const auto text = read_text(fs::path("/proc") / std::to_string(pid) / "statm");
  if (!text) return std::nullopt;
  const auto pages = number_at(*text, 1);
  if (!pages) return std::nullopt;
  return *pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace parley::client
