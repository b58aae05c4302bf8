// A directory with what it has stored, as a service would keep it.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "signaling/directory/directory.hpp"
#include "signaling/store/tables.hpp"
#include "tests/support/seeded_random.hpp"

namespace parley::signaling::test {

inline constexpr WallTime kMonday{std::chrono::seconds(1'800'000'000)};
inline constexpr auto kHour = std::chrono::hours(1);

class House {
 public:
  explicit House(DirectoryLimits limits = {}) : directory(limits, random_) {}

  // What `act` drafts is stored if it succeeds, and undone if not.
  template <class Act>
  auto run(Act act) {
    Draft draft;
    auto result = act(draft);
    if (result) {
      keep(draft);
    } else {
      directory.undo(draft);
    }
    return result;
  }
  void keep(Draft& draft) {
    for (const Event& event : draft.events()) events.push_back(event);
    store(draft.take_writes());
  }
  [[nodiscard]] Actor actor() const { return {.device = me, .now = now}; }

  UserId user(const std::string& name, User wish = {}) {
    wish.name = name;
    return *run([&](Draft& draft) { return directory.create_user(wish, actor(), draft); });
  }
  RoomId room(const std::string& name, RoomRecord wish = {}) {
    wish.name = name;
    return *run([&](Draft& draft) { return directory.create_room(wish, actor(), draft); });
  }
  std::string link(UserId user, bool is_approved = false) {
    return *run([&](Draft& draft) {
      return directory.create_enrolment(user, {.until = now + kHour, .is_approved = is_approved},
                                        actor(), draft);
    });
  }
  // Of the key number `key`.
  Result<DeviceId> enrol(const std::string& code, std::uint8_t key) {
    const NewDevice device{.label = "phone",
                           .public_key = std::string(1, static_cast<char>(key)),
                           .key = KeyFingerprint{key}};
    return run([&](Draft& draft) { return directory.enrol(code, device, actor(), draft); });
  }

  // What a new process would read.
  [[nodiscard]] std::map<std::string_view, std::vector<Row>> rows() const {
    std::map<std::string_view, std::vector<Row>> all;
    for (const auto& [table, by_key] : stored_) {
      auto& rows = all[table];
      for (const auto& [key, row] : by_key) rows.push_back(row);
    }
    return all;
  }
  // Loads `other` from what this one has stored.
  [[nodiscard]] Result<void> load_into(Directory& other) const {
    const auto stored = rows();
    for (const Table* const table : all_tables()) {
      const auto found = stored.find(table->name);
      if (found == stored.end()) continue;
      if (auto loaded = other.load(*table, found->second); !loaded) return loaded;
    }
    return {};
  }

 private:
  parley::test::SeededRandom random_{1};

 public:
  Directory directory;
  DeviceId me;
  WallTime now = kMonday;
  std::vector<Event> events;

 private:
  void store(const Changes& changes) {
    for (const Write& write : changes) {
      Row key(write.row.begin(),
              write.row.begin() + static_cast<std::ptrdiff_t>(write.table->key_columns));
      auto& rows = stored_[write.table->name];
      if (write.kind == Write::Kind::put) {
        rows.insert_or_assign(std::move(key), write.row);
      } else {
        rows.erase(key);
      }
    }
  }

  std::map<std::string_view, std::map<Row, Row>> stored_;
};

}  // namespace parley::signaling::test
