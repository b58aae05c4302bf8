#include "client/load/rate_search.hpp"

#include <algorithm>
#include <cmath>

namespace parley::client {

std::optional<double> RateSearch::next() const {
  const bool is_found =
      highest_ > 0 && lowest_failed_ > 0 && lowest_failed_ < highest_ * kPrecision;
  if (is_found || windows_ >= kMaxWindows) return std::nullopt;
  return next_;
}

void RateSearch::on_result(double rate, bool is_carried) {
  ++windows_;
  if (is_carried) {
    highest_ = std::max(highest_, rate);
  } else {
    lowest_failed_ = lowest_failed_ > 0 ? std::min(lowest_failed_, rate) : rate;
  }
  if (lowest_failed_ == 0) {
    next_ = rate * kStep;
  } else if (highest_ == 0) {
    next_ = lowest_failed_ / 2;
  } else {
    next_ = std::sqrt(highest_ * lowest_failed_);
  }
}

double loss_of(const WindowReport& report) {
  if (report.expected == 0) return 0;
  const std::uint64_t came = std::min(report.expected, report.forwarded);
  return static_cast<double>(report.expected - came) / static_cast<double>(report.expected);
}

Result<WindowReport> find_highest_rate(LoadEngine& engine, WindowPlan plan, double first_rate,
                                       const std::function<void(const std::string&)>& progress) {
  RateSearch search(first_rate);
  std::optional<WindowReport> best;
  while (const auto rate = search.next()) {
    plan.rate = *rate;
    auto report = engine.window(plan);
    if (!report) return report;
    const bool is_carried = loss_of(*report) < RateSearch::kMaxLoss && !report->is_flagged;
    progress(std::to_string(*rate) + " packets/s: loss " + std::to_string(loss_of(*report)));
    search.on_result(*rate, is_carried);
    if (is_carried && (!best || best->rate < *rate)) best = *report;
  }
  if (best) return *best;
  return fail(ErrorCode::failed_precondition, "no rate that was tried is carried");
}

}  // namespace parley::client
