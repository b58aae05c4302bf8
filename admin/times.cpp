#include "admin/times.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <optional>

namespace parley::admin_cli {
namespace {

using std::chrono::days;
using std::chrono::seconds;

constexpr seconds kLongest = days(36'525);  // 100 years
constexpr seconds kMinute{60};
constexpr seconds kHour{3600};

std::optional<seconds> unit_of(char letter) {
  switch (letter) {
    case 's':
      return seconds(1);
    case 'm':
      return kMinute;
    case 'h':
      return kHour;
    case 'd':
      return days(1);
    case 'w':
      return days(7);
    default:
      return std::nullopt;
  }
}

// Takes fixed parts from the front of a text; what does not fit makes it wrong for good.
class Taker {
 public:
  explicit Taker(std::string_view text) : rest_(text) {}

  unsigned digits(std::size_t count, unsigned most) {
    unsigned number = 0;
    const char* end = rest_.data() + std::min(count, rest_.size());
    const auto [stop, error] = std::from_chars(rest_.data(), end, number);
    ok_ = ok_ && rest_.size() >= count && error == std::errc() && stop == end && number <= most;
    rest_.remove_prefix(std::min(count, rest_.size()));
    return number;
  }
  bool take(char letter) {
    if (!rest_.starts_with(letter)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void need(char letter) { ok_ = take(letter) && ok_; }
  [[nodiscard]] bool is_empty() const { return rest_.empty(); }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

seconds hours_and_minutes(Taker& from) {
  const seconds hours = from.digits(2, 23) * kHour;
  from.need(':');
  return hours + from.digits(2, 59) * kMinute;
}

// How far the zone is east of UTC.
seconds zone(Taker& from) {
  if (from.is_empty() || from.take('Z')) return seconds(0);
  if (from.take('+')) return hours_and_minutes(from);
  from.need('-');
  return -hours_and_minutes(from);
}

seconds time_of_day(Taker& from) {
  if (from.is_empty()) return seconds(0);
  if (!from.take(' ')) from.need('T');
  seconds time = hours_and_minutes(from);
  if (from.take(':')) time += seconds(from.digits(2, 59));
  return time - zone(from);
}

}  // namespace

Result<seconds> parse_duration(std::string_view text) {
  seconds sum{0};
  std::string_view rest = text;
  while (!rest.empty()) {
    std::uint32_t number = 0;
    const char* end = rest.data() + rest.size();
    const auto [stop, error] = std::from_chars(rest.data(), end, number);
    const auto unit = stop != end ? unit_of(*stop) : std::nullopt;
    if (error != std::errc() || !unit || number > kLongest / *unit) {
      sum = seconds(0);
      break;
    }
    sum += number * *unit;
    rest.remove_prefix(static_cast<std::size_t>(stop + 1 - rest.data()));
  }
  if (sum > seconds(0) && sum <= kLongest) return sum;
  return fail(ErrorCode::invalid_argument,
              "'" + std::string(text) + "' is no duration such as 90s, 30m, 8h, 2d or 1h30m");
}

Result<std::uint64_t> parse_moment(std::string_view text, WallTime now) {
  if (text == "never") return 0;
  if (const auto later = parse_duration(text)) {
    const auto moment = std::chrono::duration_cast<seconds>(now.time_since_epoch()) + *later;
    return static_cast<std::uint64_t>(moment.count());
  }
  Taker from(text);
  const std::chrono::year year{static_cast<int>(from.digits(4, 9999))};
  from.need('-');
  const std::chrono::month month{from.digits(2, 12)};
  from.need('-');
  const std::chrono::day day{from.digits(2, 31)};
  const seconds time = time_of_day(from);
  const std::chrono::year_month_day date{year, month, day};
  if (from.ok() && from.is_empty() && date.ok()) {
    const seconds moment = std::chrono::sys_days(date).time_since_epoch() + time;
    if (moment > seconds(0)) return static_cast<std::uint64_t>(moment.count());
  }
  return fail(ErrorCode::invalid_argument,
              "'" + std::string(text) +
                  "' is no time: write 2026-11-22, 2026-11-22T09:30Z, a duration from now such as "
                  "8h, or never");
}

std::string moment_text(std::uint64_t moment) {
  if (moment == 0) return "-";
  const seconds all{static_cast<std::int64_t>(moment)};
  const auto date_of = std::chrono::floor<days>(all);
  const std::chrono::year_month_day date{std::chrono::sys_days(date_of)};
  const std::chrono::hh_mm_ss time{all - date_of};
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", int{date.year()},
                unsigned{date.month()}, unsigned{date.day()},
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()));
  return text.data();
}

}  // namespace parley::admin_cli
