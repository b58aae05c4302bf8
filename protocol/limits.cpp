#include "protocol/limits.hpp"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <cstdint>

#include "protocol/limits.pb.h"

namespace parley::protocol {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

std::string check_number(std::uint64_t value, const Limit& limit) {
  if (limit.id()) return {};
  if (value < limit.min())
    return std::to_string(value) + ", at least " + std::to_string(limit.min());
  if (value > limit.max())
    return std::to_string(value) + ", at most " + std::to_string(limit.max());
  return {};
}

std::string check_length(std::size_t length, const Limit& limit) {
  const std::string is = std::to_string(length) + " bytes, ";
  if (length < limit.min_bytes()) return is + "at least " + std::to_string(limit.min_bytes());
  if (length > limit.max_bytes()) return is + "at most " + std::to_string(limit.max_bytes());
  return {};
}

// One value of a field: item `index` of a repeated field, or the field itself (index -1).
std::string check_value(const Message& message, const FieldDescriptor& field, int index) {
  const Reflection& reflection = *message.GetReflection();
  const Limit& limit = field.options().GetExtension(parley::limit);
  const bool repeated = index >= 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch;
      const std::string& text =
          repeated ? reflection.GetRepeatedStringReference(message, &field, index, &scratch)
                   : reflection.GetStringReference(message, &field, &scratch);
      return check_length(text.size(), limit);
    }
    case FieldDescriptor::CPPTYPE_UINT32:
      return check_number(repeated ? reflection.GetRepeatedUInt32(message, &field, index)
                                   : reflection.GetUInt32(message, &field),
                          limit);
    case FieldDescriptor::CPPTYPE_UINT64:
      return check_number(repeated ? reflection.GetRepeatedUInt64(message, &field, index)
                                   : reflection.GetUInt64(message, &field),
                          limit);
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int number = repeated ? reflection.GetRepeatedEnumValue(message, &field, index)
                                  : reflection.GetEnumValue(message, &field);
      if (field.enum_type()->FindValueByNumber(number) != nullptr) return {};
      return "unknown value " + std::to_string(number);
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return find_violation(repeated ? reflection.GetRepeatedMessage(message, &field, index)
                                     : reflection.GetMessage(message, &field));
    case FieldDescriptor::CPPTYPE_BOOL:
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return {};  // the schema uses no signed or floating numbers; a test holds it to that
  }
  return {};
}

std::string check_field(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  if (!field.is_repeated()) {
    // What is absent has no content to bound; the handler decides whether it may be absent.
    const bool absent = field.has_presence() && !reflection.HasField(message, &field);
    return absent ? std::string{} : check_value(message, field, -1);
  }
  const int count = reflection.FieldSize(message, &field);
  const std::uint32_t max_items = field.options().GetExtension(parley::limit).max_items();
  if (static_cast<std::uint32_t>(count) > max_items) {
    return std::to_string(count) + " items, at most " + std::to_string(max_items);
  }
  for (int i = 0; i < count; ++i) {
    if (std::string found = check_value(message, field, i); !found.empty()) return found;
  }
  return {};
}

}  // namespace

std::string find_violation(const Message& message) {
  const google::protobuf::Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    std::string found = check_field(message, field);
    if (found.empty()) continue;
    const bool nested =
        field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field.is_repeated();
    return field.name() + (nested ? "." : ": ") + found;
  }
  return {};
}

std::expected<void, DecodeFailure> decode(Bytes bytes, std::size_t max_bytes, Message& into) {
  if (bytes.size() > max_bytes) {
    return std::unexpected(DecodeFailure{
        .error = DecodeError::too_large,
        .detail = std::to_string(bytes.size()) + " bytes, at most " + std::to_string(max_bytes)});
  }
  // The library would write a line of its own about bad text: what comes from outside never does.
  const google::protobuf::LogSilencer silencer;
  if (!into.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return std::unexpected(
        DecodeFailure{.error = DecodeError::malformed, .detail = "not a message of this protocol"});
  }
  if (std::string found = find_violation(into); !found.empty()) {
    return std::unexpected(
        DecodeFailure{.error = DecodeError::limit_exceeded, .detail = std::move(found)});
  }
  return {};
}

std::uint32_t agree_on_version(std::uint32_t peer_min, std::uint32_t peer_max) {
  const std::uint32_t highest = std::min(peer_max, kMaxVersion);
  return highest >= std::max(peer_min, kMinVersion) ? highest : 0;
}

}  // namespace parley::protocol
