#include "protocol/doc.hpp"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <cctype>
#include <vector>

#include "protocol/limits.pb.h"

namespace parley::protocol {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::FileDescriptorProto;
using google::protobuf::FileDescriptorSet;
using google::protobuf::SourceLocation;

// Comments keep their words and lose their line breaks; in a table, "|" would end the cell.
std::string one_line(const std::string& comment) {
  std::string line;
  for (const char c : comment) {
    const bool is_space = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (is_space && (line.empty() || line.back() == ' ')) continue;
    if (c == '|') line += '\\';
    line += is_space ? ' ' : c;
  }
  while (line.ends_with(' ')) line.pop_back();
  return line;
}

// What the schema says above a declaration, and on its own line behind it.
template <class Declaration>
std::string comment_of(const Declaration& declaration) {
  SourceLocation location;
  if (!declaration.GetSourceLocation(&location)) return {};
  return one_line(location.leading_comments + " " + location.trailing_comments);
}

// The comment at the top of a file stands above its "syntax" line.
std::string comment_of_file(const FileDescriptor& file) {
  SourceLocation location;
  if (!file.GetSourceLocation({FileDescriptorProto::kSyntaxFieldNumber}, &location)) return {};
  return one_line(location.leading_comments);
}

// "api.Hello": short, and different for the files' Pings.
std::string short_name(const std::string& full_name) {
  constexpr std::string_view kPackage = "parley.";
  return full_name.starts_with(kPackage) ? full_name.substr(kPackage.size()) : full_name;
}

// A link to a heading of this page: lower case, without dots.
std::string link_to(const std::string& full_name) {
  const std::string name = short_name(full_name);
  std::string anchor;
  for (const char c : name) {
    if (c != '.') anchor += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return "[" + name + "](#" + anchor + ")";
}

std::string type_of(const FieldDescriptor& field) {
  std::string type = field.type_name();
  if (field.message_type() != nullptr) type = link_to(field.message_type()->full_name());
  if (field.enum_type() != nullptr) type = link_to(field.enum_type()->full_name());
  if (field.is_repeated()) return "repeated " + type;
  return field.has_optional_keyword() ? "optional " + type : type;
}

std::string range(std::uint64_t least, std::uint64_t most, const std::string& unit) {
  if (least == most) return std::to_string(most) + unit;
  if (least == 0) return "at most " + std::to_string(most) + unit;
  return std::to_string(least) + " to " + std::to_string(most) + unit;
}

std::string limit_of(const FieldDescriptor& field) {
  const Limit& limit = field.options().GetExtension(parley::limit);
  std::vector<std::string> parts;
  if (field.is_repeated()) parts.push_back(range(0, limit.max_items(), " items"));
  if (limit.id()) parts.emplace_back("an id: any value");
  if (limit.max_bytes() > 0) parts.push_back(range(limit.min_bytes(), limit.max_bytes(), " bytes"));
  if (limit.max() > 0) parts.push_back(range(limit.min(), limit.max(), ""));
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : "; each ") + part;
  return text;
}

void write_enum(const EnumDescriptor& type, std::string& page) {
  page += "\n### " + short_name(type.full_name()) + "\n\n";
  const std::string comment = comment_of(type);
  if (!comment.empty()) page += comment + "\n\n";
  page += "| value | number | meaning |\n|---|---|---|\n";
  for (int i = 0; i < type.value_count(); ++i) {
    const auto& value = *type.value(i);
    page += "| `" + value.name() + "` | " + std::to_string(value.number()) + " | " +
            comment_of(value) + " |\n";
  }
}

void write_field(const FieldDescriptor& field, std::string& page) {
  const auto* choice = field.real_containing_oneof();
  std::string meaning = comment_of(field);
  if (choice != nullptr) {
    const std::string one_of = "One of `" + choice->name() + "`.";
    meaning = meaning.empty() ? one_of : one_of + " " + meaning;
  }
  page += "| `" + field.name() + "` = " + std::to_string(field.number()) + " | " + type_of(field) +
          " | " + limit_of(field) + " | " + meaning + " |\n";
}

void write_message(const Descriptor& type, std::string& page) {
  page += "\n### " + short_name(type.full_name()) + "\n\n";
  const std::string comment = comment_of(type);
  if (!comment.empty()) page += comment + "\n\n";
  if (type.field_count() == 0) {
    page += "No fields.\n";
  } else {
    page += "| field | type | limit | meaning |\n|---|---|---|---|\n";
    for (int i = 0; i < type.field_count(); ++i) write_field(*type.field(i), page);
  }
  for (int i = 0; i < type.enum_type_count(); ++i) write_enum(*type.enum_type(i), page);
  for (int i = 0; i < type.nested_type_count(); ++i) write_message(*type.nested_type(i), page);
}

void write_file(const FileDescriptor& file, const std::string& title, std::string& page) {
  page += "\n## " + title + "\n\n`" + file.name() + "`. " + comment_of_file(file) + "\n";
  for (int i = 0; i < file.enum_type_count(); ++i) write_enum(*file.enum_type(i), page);
  for (int i = 0; i < file.message_type_count(); ++i) write_message(*file.message_type(i), page);
}

}  // namespace

Result<std::string> write_reference(Bytes schema, std::string_view intro) {
  FileDescriptorSet files;
  DescriptorPool pool;
  bool is_whole = files.ParseFromArray(schema.data(), static_cast<int>(schema.size()));
  // Imports come before the files that use them.
  for (const FileDescriptorProto& file : files.file()) {
    is_whole = is_whole && pool.BuildFile(file) != nullptr;
  }
  const FileDescriptor* client = pool.FindFileByName("protocol/client.proto");
  const FileDescriptor* floor = pool.FindFileByName("protocol/floor.proto");
  const FileDescriptor* control = pool.FindFileByName("protocol/control.proto");
  const FileDescriptor* admin = pool.FindFileByName("protocol/admin.proto");
  if (!is_whole || client == nullptr || floor == nullptr || control == nullptr ||
      admin == nullptr) {
    return fail(ErrorCode::invalid_argument, "This is not the compiled schema of the protocol.");
  }
  std::string page(intro);
  write_file(*client, "Messages between client and signaling service", page);
  write_file(*floor, "Messages of the floor", page);
  write_file(*control, "Messages between signaling service and media node", page);
  write_file(*admin, "Messages of administrators", page);
  return page;
}

}  // namespace parley::protocol
