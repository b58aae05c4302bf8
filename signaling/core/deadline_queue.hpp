// At most one deadline for each key, and which of them are due.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/time.hpp"

namespace parley::signaling {

template <class Key>
class DeadlineQueue {
 public:
  // Replaces the key's deadline; kNever removes it.
  void set(Key key, Timestamp at) {
    cancel(key);
    if (at == kNever) return;
    by_key_.emplace(key, at);
    by_time_.emplace(at, key);
  }
  void cancel(Key key) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return;
    by_time_.erase({found->second, key});
    by_key_.erase(found);
  }
  // The earliest deadline; kNever when there is none.
  [[nodiscard]] Timestamp next() const {
    return by_time_.empty() ? kNever : by_time_.begin()->first;
  }
  // Takes the earliest key that is due.
  [[nodiscard]] std::optional<Key> pop_due(Timestamp now) {
    if (next() > now || by_time_.empty()) return std::nullopt;
    const Key key = by_time_.begin()->second;
    cancel(key);
    return key;
  }

 private:
  std::map<Key, Timestamp> by_key_;
  std::set<std::pair<Timestamp, Key>> by_time_;
};

}  // namespace parley::signaling
