// Tables and details of users, devices, rooms, memberships and missions. Private to admin/.
#pragma once

#include <google/protobuf/repeated_field.h>

#include <string>
#include <string_view>

#include "protocol/admin.pb.h"

namespace parley::admin_cli {

// Lines of a word, a colon and a value.
class Facts {
 public:
  void add(std::string_view what, std::string_view value);
  [[nodiscard]] const std::string& text() const { return lines_; }

 private:
  std::string lines_;
};

template <class Thing>
using Things = google::protobuf::RepeatedPtrField<Thing>;

template <class Thing>
[[nodiscard]] Things<Thing> one(const Thing& thing) {
  Things<Thing> things;
  *things.Add() = thing;
  return things;
}

[[nodiscard]] std::string table_of(const Things<admin::User>& users);
[[nodiscard]] std::string table_of(const Things<admin::Device>& devices);
[[nodiscard]] std::string table_of(const Things<admin::Room>& rooms);
[[nodiscard]] std::string table_of(const Things<admin::Membership>& members);
[[nodiscard]] std::string table_of(const Things<admin::Mission>& missions);

[[nodiscard]] std::string details_of(const admin::UserDetails& user);
// With the rules of its floor that are set.
[[nodiscard]] std::string details_of(const admin::Room& room);
[[nodiscard]] std::string details_of(const admin::Mission& mission);

}  // namespace parley::admin_cli
