// Holds the schema to its own rules: every field that can grow has a limit written beside it.
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

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
using google::protobuf::FileDescriptor;

// What is wrong with one field's declaration, or nothing.
std::string find_fault(const FieldDescriptor& field) {
  const Limit& limit = field.options().GetExtension(parley::limit);
  if (field.is_map()) return "is a map";
  if (field.is_repeated() && limit.max_items() == 0) return "has no max_items";
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      if (limit.max_bytes() == 0) return "has no max_bytes";
      return limit.min_bytes() > limit.max_bytes() ? "has min_bytes above max_bytes" : "";
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
      if (!limit.id() && limit.max() == 0) return "has neither max nor id";
      return limit.min() > limit.max() ? "has min above max" : "";
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
      return "is signed";
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return "is a floating number";
    case FieldDescriptor::CPPTYPE_BOOL:
    case FieldDescriptor::CPPTYPE_ENUM:
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return "";
  }
  return "is of an unknown type";
}

void find_faults(const Descriptor& message, std::vector<std::string>& faults) {
  if (message.extension_range_count() > 0) faults.push_back(message.full_name() + " is extensible");
  for (int i = 0; i < message.field_count(); ++i) {
    const std::string fault = find_fault(*message.field(i));
    if (!fault.empty()) faults.push_back(message.field(i)->full_name() + " " + fault);
  }
  for (int i = 0; i < message.nested_type_count(); ++i)
    find_faults(*message.nested_type(i), faults);
}

std::vector<std::string> faults_of(const FileDescriptor& file) {
  std::vector<std::string> faults;
  for (int i = 0; i < file.message_type_count(); ++i) find_faults(*file.message_type(i), faults);
  return faults;
}

TEST(Schema, EveryFieldOfTheClientProtocolHasItsLimit) {
  const FileDescriptor& file = *api::ClientMessage::descriptor()->file();
  EXPECT_GT(file.message_type_count(), 20);
  EXPECT_THAT(faults_of(file), testing::IsEmpty());
}

TEST(Schema, EveryFieldOfTheFloorHasItsLimit) {
  const FileDescriptor& file = *floor::Request::descriptor()->file();
  EXPECT_GT(file.message_type_count(), 20);
  EXPECT_THAT(faults_of(file), testing::IsEmpty());
}

TEST(Schema, EveryFieldOfTheControlProtocolHasItsLimit) {
  const FileDescriptor& file = *control::ToNode::descriptor()->file();
  EXPECT_GT(file.message_type_count(), 10);
  EXPECT_THAT(faults_of(file), testing::IsEmpty());
}

TEST(Schema, AFieldWithoutALimitIsNamed) {
  // The limits' own message has none: its fields are options, not input.
  EXPECT_THAT(faults_of(*Limit::descriptor()->file()),
              testing::Contains("parley.Limit.max_bytes has neither max nor id"));
}

// Messages that can contain themselves could nest without end within their size.
void visit(const Descriptor& message, std::vector<const Descriptor*>& above) {
  EXPECT_THAT(above, testing::Not(testing::Contains(&message))) << message.full_name();
  if (testing::Test::HasFailure()) return;
  above.push_back(&message);
  for (int i = 0; i < message.field_count(); ++i) {
    if (message.field(i)->message_type() != nullptr)
      visit(*message.field(i)->message_type(), above);
  }
  above.pop_back();
}

TEST(Schema, NoMessageContainsItself) {
  std::vector<const Descriptor*> above;
  for (const Descriptor* root : {api::ClientMessage::descriptor(), api::ServerMessage::descriptor(),
                                 control::ToNode::descriptor(), control::FromNode::descriptor()}) {
    visit(*root, above);
  }
}

}  // namespace
}  // namespace parley::protocol
