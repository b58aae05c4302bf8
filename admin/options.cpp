#include "admin/options.hpp"

#include "admin/names.hpp"
#include "admin/times.hpp"

namespace parley::admin_cli {
namespace {

constexpr std::uint32_t kLongestLifetime = 365 * 24 * 3600;

// CLI11 wants an empty text for a good value.
template <class Parse>
std::function<std::string(const std::string&)> checked(Parse parse) {
  return [parse](const std::string& text) {
    const auto parsed = parse(text);
    return parsed ? std::string() : parsed.error().message;
  };
}

Result<std::uint32_t> parse_lifetime(const std::string& text) {
  const auto lifetime = parse_duration(text);
  if (!lifetime) return std::unexpected(lifetime.error());
  if (lifetime->count() <= kLongestLifetime) return static_cast<std::uint32_t>(lifetime->count());
  return fail(ErrorCode::invalid_argument, "a link is good for at most a year, not " + text);
}

}  // namespace

CLI::Option& add_text(CLI::App& app, const std::string& name, const std::string& help,
                      Take<std::string> take) {
  return *app.add_option_function<std::string>(name, std::move(take), help);
}

CLI::Option& add_switch(CLI::App& app, const std::string& name, const std::string& help,
                        Take<bool> take) {
  const auto set = [take](std::int64_t sign) { take(sign > 0); };
  return *app.add_flag_function("--" + name + ",!--no-" + name, set, help);
}

CLI::Option& add_number(CLI::App& app, const std::string& name, const std::string& help,
                        std::uint32_t least, std::uint32_t most, Take<std::uint32_t> take) {
  return *app.add_option_function<std::uint32_t>(name, std::move(take), help)
              ->check(CLI::Range(least, most));
}

CLI::Option& add_moment(CLI::App& app, const std::string& name, const std::string& help,
                        const WallTime& now, Take<std::uint64_t> take) {
  const auto parse = [&now](const std::string& text) { return parse_moment(text, now); };
  const auto set = [take, parse](const std::string& text) { take(*parse(text)); };
  return *app.add_option_function<std::string>(name, set, help)
              ->type_name("TIME")
              ->check(checked(parse));
}

void add_lifetime(CLI::App& app, const std::string& help, Take<std::uint32_t> take) {
  const auto set = [take](const std::string& text) { take(*parse_lifetime(text)); };
  CLI::Option* words = app.add_option_function<std::string>("--lifetime", set, help)
                           ->type_name("DURATION")
                           ->check(checked(parse_lifetime));
  add_number(app, "--lifetime-s", "the same in seconds", 1, kLongestLifetime, take).excludes(words);
}

CLI::Option& add_ref(CLI::App& app, const std::string& name, const std::string& help,
                     Take<admin::Ref> take) {
  const auto set = [take](const std::string& text) { take(*parse_ref(text)); };
  return *app.add_option_function<std::string>(name, set, help)->check(checked(parse_ref));
}

CLI::Option& add_refs(CLI::App& app, const std::string& name, const std::string& help,
                      Take<admin::Ref> take) {
  const auto set = [take](const std::vector<std::string>& texts) {
    for (const std::string& text : texts) take(*parse_ref(text));
  };
  return *app.add_option_function<std::vector<std::string>>(name, set, help)
              ->check(checked(parse_ref))
              ->allow_extra_args(false);
}

CLI::Option& add_id(CLI::App& app, const std::string& name, const std::string& help,
                    Take<std::uint64_t> take) {
  const auto set = [take](const std::string& text) { take(*parse_id(text)); };
  return *app.add_option_function<std::string>(name, set, help)->check(checked(parse_id));
}

}  // namespace parley::admin_cli
