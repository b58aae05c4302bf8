// What is wrong with a configuration file, in words for the person who wrote it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace parley::config {

struct Problem {
  std::string file;
  std::size_t line = 0;  // 1-based; 0: the whole file
  std::string message;   // names the key, says what is allowed

  [[nodiscard]] std::string to_string() const;  // "parley.yaml:12: media.slots: 21 is not in 1..20"
};

using Problems = std::vector<Problem>;  // in the order of the file

// Whether files that a configuration names have to be there and be readable.
enum class FileCheck : bool { skip, must_be_readable };

}  // namespace parley::config
