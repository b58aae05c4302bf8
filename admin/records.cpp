// export and import: everything but links, sessions, events and the authority's key, as JSON.
#include <google/protobuf/util/json_util.h>
#include <sys/stat.h>

#include <fstream>
#include <istream>
#include <iterator>
#include <ostream>
#include <string>

#include "admin/command_line.hpp"
#include "admin/report.hpp"

namespace parley::admin_cli {
namespace {

// Of one request: with room for its frame below protocol::kMaxAdminMessage.
constexpr std::size_t kMaxPartBytes = 3'500'000;
constexpr int kMaxPartItems = 50'000;
constexpr std::size_t kMaxFileBytes = 512UL * 1024 * 1024;

std::expected<admin::Records, Exit> fetch(Desk& desk) {
  admin::Records all;
  admin::Request request;
  request.mutable_export_records();
  while (true) {
    auto answer = desk.ask(request);
    if (!answer) return std::unexpected(answer.error());
    all.MergeFrom(answer->records());
    all.clear_next();
    if (!answer->records().has_next()) return all;
    *request.mutable_export_records()->mutable_after() = answer->records().next();
  }
}

Exit export_to(Desk& desk, const std::string& file) {
  const auto all = fetch(desk);
  if (!all) return all.error();
  if (file == "-") {
    desk.out() << json_text(*all);
    return Exit::ok;
  }
  const mode_t before = ::umask(S_IRWXG | S_IRWXO);  // who is who concerns its owner only
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  ::umask(before);
  stream << json_text(*all);
  stream.close();
  return stream ? Exit::ok : desk.complain(Exit::file, file + ": cannot be written");
}

std::expected<admin::Records, Exit> read(Desk& desk, const std::string& file) {
  std::ifstream stream;
  if (file != "-") stream.open(file, std::ios::binary);
  std::istream& in = file == "-" ? desk.in() : stream;
  if (!in) return std::unexpected(desk.complain(Exit::file, file + ": cannot be read"));
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (text.size() > kMaxFileBytes) {
    return std::unexpected(desk.complain(Exit::file, file + ": is too large"));
  }
  admin::Records records;
  const auto status = google::protobuf::util::JsonStringToMessage(text, &records);
  if (status.ok()) return records;
  return std::unexpected(desk.complain(
      Exit::file, file + ": is not what 'export' writes: " + std::string(status.message())));
}

void add(admin::Imported& sum, const admin::Imported& part) {
  sum.set_users(sum.users() + part.users());
  sum.set_devices(sum.devices() + part.devices());
  sum.set_rooms(sum.rooms() + part.rooms());
  sum.set_missions(sum.missions() + part.missions());
  sum.set_memberships(sum.memberships() + part.memberships());
}

// Sends records in as few requests as they fit into, in the order of the fields.
class Importer {
 public:
  explicit Importer(Desk& desk) : desk_(desk) {}

  Exit add_all(const admin::Records& records) {
    const auto& type = *admin::Records::descriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      if (!type.field(i)->is_repeated()) continue;
      if (const Exit exit = add_field(records, *type.field(i)); exit != Exit::ok) return exit;
    }
    return flush();
  }
  [[nodiscard]] const admin::Imported& sum() const { return sum_; }

 private:
  Exit add_field(const admin::Records& records, const google::protobuf::FieldDescriptor& field) {
    const auto& values = *records.GetReflection();
    for (int i = 0; i < values.FieldSize(records, &field); ++i) {
      const auto& record = values.GetRepeatedMessage(records, &field, i);
      const std::size_t size = record.ByteSizeLong() + 8;
      if (bytes_ + size > kMaxPartBytes || items_ == kMaxPartItems) {
        if (const Exit exit = flush(); exit != Exit::ok) return exit;
      }
      values.AddMessage(request_.mutable_import_records()->mutable_records(), &field)
          ->CopyFrom(record);
      bytes_ += size;
      ++items_;
    }
    return Exit::ok;
  }

  Exit flush() {
    request_.mutable_import_records()->mutable_records();
    const auto answer = desk_.ask(request_);
    if (!answer) return answer.error();
    add(sum_, answer->imported());
    request_.Clear();
    bytes_ = 0;
    items_ = 0;
    return Exit::ok;
  }

  Desk& desk_;
  admin::Request request_ = {};
  std::size_t bytes_ = 0;
  int items_ = 0;
  admin::Imported sum_ = {};
};

Exit import_from(Desk& desk, const std::string& file) {
  const auto records = read(desk, file);
  if (!records) return records.error();
  Importer importer(desk);
  if (const Exit exit = importer.add_all(*records); exit != Exit::ok) return exit;
  admin::Answer answer;
  *answer.mutable_imported() = importer.sum();
  desk.show(answer);
  return Exit::ok;
}

std::string file_of(const CLI::Option& option) {
  return option.empty() ? "-" : option.results().front();
}

}  // namespace

void add_records(CLI::App& app, CommandLine& line) {
  CLI::App& exporting =
      *app.add_subcommand("export", "users, devices, rooms, missions and memberships as JSON")
           ->fallthrough();
  const CLI::Option& to = *exporting.add_option("FILE", "where to (standard output)");
  exporting.callback([&line, &to] {
    line.run = [file = file_of(to)](Desk& desk) { return export_to(desk, file); };
  });
  CLI::App& importing =
      *app.add_subcommand("import", "add what 'export' wrote; what is there already is passed over")
           ->fallthrough();
  const CLI::Option& from = *importing.add_option("FILE", "where from (standard input)");
  importing.callback([&line, &from] {
    line.run = [file = file_of(from)](Desk& desk) { return import_from(desk, file); };
  });
}

}  // namespace parley::admin_cli
