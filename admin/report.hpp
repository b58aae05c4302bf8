// Answers of the service as a person or a script reads them.
#pragma once

#include <google/protobuf/message.h>

#include <string>

#include "protocol/admin.pb.h"

namespace parley::admin_cli {

// What is set in the answer's oneof.
[[nodiscard]] const google::protobuf::Message& body_of(const admin::Answer& answer);

// As protobuf's JSON mapping says, with every field; ends with a newline.
[[nodiscard]] std::string json_text(const google::protobuf::Message& message);
// The same in one line.
[[nodiscard]] std::string json_line(const google::protobuf::Message& message);

// For people: a table, or what there is to say about one thing. Empty for Done.
[[nodiscard]] std::string report(const admin::Answer& answer);
// One line.
[[nodiscard]] std::string report(const admin::Event& event);

}  // namespace parley::admin_cli
