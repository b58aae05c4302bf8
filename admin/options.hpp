// Kinds of options: each checks its text and hands out the value. Private to admin/.
#pragma once

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "protocol/admin.pb.h"
#include "protocol/enum_words.hpp"

namespace parley::admin_cli {

template <class Value>
using Take = std::function<void(const Value&)>;

CLI::Option& add_text(CLI::App& app, const std::string& name, const std::string& help,
                      Take<std::string> take);
// "--name" for true and "--no-name" for false.
CLI::Option& add_switch(CLI::App& app, const std::string& name, const std::string& help,
                        Take<bool> take);
CLI::Option& add_number(CLI::App& app, const std::string& name, const std::string& help,
                        std::uint32_t least, std::uint32_t most, Take<std::uint32_t> take);
CLI::Option& add_moment(CLI::App& app, const std::string& name, const std::string& help,
                        const WallTime& now, Take<std::uint64_t> take);
// --lifetime 8h and --lifetime-s 28800.
void add_lifetime(CLI::App& app, const std::string& help, Take<std::uint32_t> take);
CLI::Option& add_ref(CLI::App& app, const std::string& name, const std::string& help,
                     Take<admin::Ref> take);
// May be given several times; `take` is called for each.
CLI::Option& add_refs(CLI::App& app, const std::string& name, const std::string& help,
                      Take<admin::Ref> take);
CLI::Option& add_id(CLI::App& app, const std::string& name, const std::string& help,
                    Take<std::uint64_t> take);

template <class Enum>
CLI::Option& add_word(CLI::App& app, const std::string& name, const std::string& help,
                      Take<Enum> take) {
  const auto set = [take](const std::string& word) { take(*protocol::read_word<Enum>(word)); };
  return *app.add_option_function<std::string>(name, set, help)
              ->check(CLI::IsMember(protocol::words_of<Enum>()));
}

}  // namespace parley::admin_cli
