// The highest rate that a server carries with less than 0.1 % loss.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "client/load/load_engine.hpp"

namespace parley::client {

// Which rate to try next: upwards by a quarter until one fails, then halving what is left. Pure.
class RateSearch {
 public:
  static constexpr double kMaxLoss = 0.001;
  static constexpr double kStep = 1.25;
  // The answer is known this well. Finer: more windows than the noise is worth.
  static constexpr double kPrecision = 1.03;
  static constexpr int kMaxWindows = 16;

  explicit RateSearch(double first) : next_(first) {}

  // nullopt: the search is over.
  [[nodiscard]] std::optional<double> next() const;
  void on_result(double rate, bool is_carried);
  [[nodiscard]] double highest() const { return highest_; }  // carried so far; 0: none

 private:
  double next_;
  double highest_ = 0;
  double lowest_failed_ = 0;  // 0: none has failed
  int windows_ = 0;
};

[[nodiscard]] double loss_of(const WindowReport& report);

// Windows of `plan` at changing rates; the report of the highest rate that was carried.
// failed_precondition when not even a small part of `first_rate` is.
Result<WindowReport> find_highest_rate(LoadEngine& engine, WindowPlan plan, double first_rate,
                                       const std::function<void(const std::string&)>& progress);

}  // namespace parley::client
