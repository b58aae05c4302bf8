#include "protocol/limits.hpp"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "protocol/client.pb.h"
#include "protocol/control.pb.h"
#include "protocol/floor.pb.h"
#include "protocol/limits.pb.h"

namespace parley::protocol {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Sets a field (each item of a repeated one) to `length` bytes or to `number`.
void set(Message& message, const FieldDescriptor& field, std::size_t length, std::uint64_t number) {
  const Reflection& reflection = *message.GetReflection();
  const std::string text(length, 'x');
  const bool repeated = field.is_repeated();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      repeated ? reflection.AddString(&message, &field, text)
               : reflection.SetString(&message, &field, text);
      break;
    case FieldDescriptor::CPPTYPE_UINT32: {
      const auto value = static_cast<std::uint32_t>(number);
      repeated ? reflection.AddUInt32(&message, &field, value)
               : reflection.SetUInt32(&message, &field, value);
      break;
    }
    case FieldDescriptor::CPPTYPE_UINT64:
      repeated ? reflection.AddUInt64(&message, &field, number)
               : reflection.SetUInt64(&message, &field, number);
      break;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (repeated) reflection.AddMessage(&message, &field);
      break;
    case FieldDescriptor::CPPTYPE_BOOL:
    case FieldDescriptor::CPPTYPE_ENUM:
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_DOUBLE:
      break;
  }
}

// A message of this type whose every plain field stands at its lower limit.
std::unique_ptr<Message> smallest(const Descriptor& type) {
  auto& factory = *google::protobuf::MessageFactory::generated_factory();
  std::unique_ptr<Message> message(factory.GetPrototype(&type)->New());
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const Limit& limit = field.options().GetExtension(parley::limit);
    if (!field.is_repeated()) set(*message, field, limit.min_bytes(), limit.min());
  }
  return message;
}

bool is_length(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_STRING;
}

bool is_number(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_UINT32 ||
         field.cpp_type() == FieldDescriptor::CPPTYPE_UINT64;
}

// The violation when one field alone is set to this.
std::string violation_with(const FieldDescriptor& field, std::size_t length, std::uint64_t number,
                           std::size_t items = 1) {
  const auto message = smallest(*field.containing_type());
  for (std::size_t i = 0; i < items; ++i) set(*message, field, length, number);
  return find_violation(*message);
}

void expect_limits_hold(const FieldDescriptor& field) {
  SCOPED_TRACE(field.full_name());
  const Limit& limit = field.options().GetExtension(parley::limit);
  const std::string name = field.name() + ": ";
  if (is_length(field)) {
    EXPECT_EQ(violation_with(field, limit.max_bytes(), 0), "");
    EXPECT_TRUE(violation_with(field, limit.max_bytes() + 1, 0).starts_with(name));
    if (limit.min_bytes() > 0) {
      EXPECT_TRUE(violation_with(field, limit.min_bytes() - 1, 0).starts_with(name));
    }
  }
  if (is_number(field) && !limit.id()) {
    const std::uint64_t largest =
        field.cpp_type() == FieldDescriptor::CPPTYPE_UINT32 ? UINT32_MAX : UINT64_MAX;
    EXPECT_EQ(violation_with(field, 0, limit.max()), "");
    if (limit.max() < largest) {
      EXPECT_TRUE(violation_with(field, 0, limit.max() + 1).starts_with(name));
    }
    if (limit.min() > 0) {
      EXPECT_TRUE(violation_with(field, 0, limit.min() - 1).starts_with(name));
    }
  }
  if (field.is_repeated()) {
    EXPECT_EQ(violation_with(field, limit.min_bytes(), limit.min(), limit.max_items() + 1),
              name + std::to_string(limit.max_items() + 1) + " items, at most " +
                  std::to_string(limit.max_items()));
  }
}

void expect_limits_of_file(const google::protobuf::FileDescriptor& file) {
  for (int i = 0; i < file.message_type_count(); ++i) {
    const Descriptor& type = *file.message_type(i);
    EXPECT_EQ(find_violation(*smallest(type)), "") << type.full_name();
    for (int f = 0; f < type.field_count(); ++f) expect_limits_hold(*type.field(f));
  }
}

TEST(Limits, EveryClientFieldIsTakenAtItsLimitAndRefusedOneBeyond) {
  expect_limits_of_file(*api::ClientMessage::descriptor()->file());
}

TEST(Limits, EveryFieldOfTheFloorIsTakenAtItsLimitAndRefusedOneBeyond) {
  expect_limits_of_file(*floor::Request::descriptor()->file());
}

TEST(Limits, EveryControlFieldIsTakenAtItsLimitAndRefusedOneBeyond) {
  expect_limits_of_file(*control::ToNode::descriptor()->file());
}

api::ClientMessage login(std::size_t credential_bytes) {
  api::ClientMessage message;
  message.set_request_id(1);
  message.mutable_login()->set_credential(std::string(credential_bytes, 'c'));
  message.mutable_login()->set_signature(std::string(64, 's'));
  return message;
}

TEST(Limits, AViolationInADeeperMessageNamesItsPath) {
  EXPECT_EQ(find_violation(login(0)), "login.credential: 0 bytes, at least 1");
  api::ServerMessage joined;
  joined.mutable_joined()->add_members()->set_name(std::string(65, 'n'));
  EXPECT_EQ(find_violation(joined), "joined.members: name: 65 bytes, at most 64");
}

TEST(Limits, AnUnknownEnumeratorIsAViolation) {
  api::Error error;
  error.set_code(static_cast<api::Error::Code>(99));
  EXPECT_EQ(find_violation(error), "code: unknown value 99");
}

TEST(Limits, AnAbsentMessageHasNothingToBound) {
  control::AddPeer without_offer;
  without_offer.set_ticket("ticket");
  EXPECT_EQ(find_violation(without_offer), "");
  EXPECT_EQ(find_violation(api::ClientMessage{}), "");
}

TEST(Limits, AnAbsentOptionalFieldHasNothingToBound) {
  floor::Policy policy;
  EXPECT_EQ(find_violation(policy), "");
  policy.set_end_of_media_ms(0);
  EXPECT_EQ(find_violation(policy), "end_of_media_ms: 0, at least 200") << "present, and 0";
  policy.clear_end_of_media_ms();
  policy.set_max_tier(static_cast<floor::Tier>(99));
  EXPECT_EQ(find_violation(policy), "max_tier: unknown value 99");
}

TEST(Decode, GivesBackWhatWasEncoded) {
  const std::string bytes = login(10).SerializeAsString();
  api::ClientMessage message;
  ASSERT_TRUE(decode(as_bytes(bytes), kMaxClientMessage, message).has_value());
  EXPECT_EQ(message.body_case(), api::ClientMessage::kLogin);
  EXPECT_EQ(message.login().credential(), std::string(10, 'c'));
}

TEST(Decode, RefusesMoreBytesThanAllowedBeforeParsing) {
  const std::string bytes = login(10).SerializeAsString();
  api::ClientMessage message;
  EXPECT_TRUE(decode(as_bytes(bytes), bytes.size(), message).has_value());
  const auto refused = decode(as_bytes(bytes), bytes.size() - 1, message);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().error, DecodeError::too_large);
}

TEST(Decode, RefusesWhatIsNoMessage) {
  api::ClientMessage message;
  const auto refused = decode(as_bytes("\x0a\xff"), kMaxClientMessage, message);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().error, DecodeError::malformed);
}

TEST(Decode, RefusesTextThatIsNotUtf8WithoutAWord) {
  api::ClientMessage message;
  message.mutable_hello()->set_min_version(1);
  message.mutable_hello()->set_max_version(1);
  message.mutable_hello()->set_agent("name");
  std::string bytes = message.SerializeAsString();
  bytes[bytes.find("name")] = '\xff';
  testing::internal::CaptureStderr();
  const auto refused = decode(as_bytes(bytes), kMaxClientMessage, message);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().error, DecodeError::malformed);
}

TEST(Decode, NamesTheLimitThatIsNotKept) {
  const std::string bytes = login(1025).SerializeAsString();
  api::ClientMessage message;
  const auto refused = decode(as_bytes(bytes), kMaxClientMessage, message);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().error, DecodeError::limit_exceeded);
  EXPECT_EQ(refused.error().detail, "login.credential: 1025 bytes, at most 1024");
}

TEST(Decode, ABodyOfANewerProtocolIsNotSet) {
  // Field 1000 with an empty message: what a future body looks like to this version.
  const std::string bytes("\x08\x07\xc2\x3e\x00", 5);
  api::ClientMessage message;
  ASSERT_TRUE(decode(as_bytes(bytes), kMaxClientMessage, message).has_value());
  EXPECT_EQ(message.body_case(), api::ClientMessage::BODY_NOT_SET);
  EXPECT_EQ(message.request_id(), 7U);
}

TEST(Decode, AnEmptyMessageHasNoBody) {
  api::ClientMessage message;
  ASSERT_TRUE(decode({}, kMaxClientMessage, message).has_value());
  EXPECT_EQ(message.body_case(), api::ClientMessage::BODY_NOT_SET);
}

std::string connect_message() {
  api::ClientMessage message;
  message.set_request_id(300);
  api::Connect& connect = *message.mutable_connect();
  connect.set_ice_ufrag("abcd");
  connect.set_ice_pwd(std::string(22, 'p'));
  connect.set_dtls_fingerprint(std::string(32, 'f'));
  connect.set_opus_payload_type(111);
  connect.set_uplink_ssrc(12345);
  connect.set_slots(4);
  return message.SerializeAsString();
}

TEST(Decode, AnyMutationGivesAMessageWithinItsLimitsOrATypedError) {
  std::mt19937 random(20);
  const std::string original = connect_message();
  std::size_t accepted = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = original;
    for (auto changes = 1 + random() % 3; changes > 0; --changes) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    bytes.resize(bytes.size() - random() % 4);
    api::ClientMessage message;
    const auto decoded = decode(as_bytes(bytes), kMaxClientMessage, message);
    if (!decoded) {
      EXPECT_FALSE(decoded.error().detail.empty());
      continue;
    }
    ++accepted;
    EXPECT_EQ(find_violation(message), "");
    // What is accepted also survives being written and read again.
    const std::string again = message.SerializeAsString();
    EXPECT_TRUE(decode(as_bytes(again), kMaxClientMessage, message).has_value());
  }
  EXPECT_GT(accepted, 0U);
  EXPECT_LT(accepted, 20000U);
}

TEST(Version, TheHighestCommonOneIsSpoken) {
  EXPECT_EQ(agree_on_version(kMinVersion, kMinVersion), kMinVersion);
  EXPECT_EQ(agree_on_version(1, 9), kMaxVersion);
  EXPECT_EQ(agree_on_version(0, kMaxVersion), kMaxVersion);
}

TEST(Version, WithoutACommonOneThereIsNone) {
  EXPECT_EQ(agree_on_version(kMaxVersion + 1, kMaxVersion + 5), 0U);
  EXPECT_EQ(agree_on_version(0, kMinVersion - 1), 0U);
  EXPECT_EQ(agree_on_version(kMaxVersion, kMinVersion - 1), 0U) << "upside down";
}

}  // namespace
}  // namespace parley::protocol
