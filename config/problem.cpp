#include "config/problem.hpp"

namespace parley::config {

std::string Problem::to_string() const {
  if (line == 0) return file + ": " + message;
  return file + ":" + std::to_string(line) + ": " + message;
}

}  // namespace parley::config
