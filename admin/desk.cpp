#include "admin/desk.hpp"

#include <istream>
#include <ostream>
#include <string>
#include <utility>

#include "admin/report.hpp"
#include "protocol/limits.hpp"

namespace parley::admin_cli {
namespace {

constexpr std::chrono::seconds kPatience{30};

}  // namespace

Exit Desk::complain(Exit exit, std::string_view sentence) {
  streams_.errors << "parley-admin: " << sentence << '\n';
  return exit;
}

Exit Desk::refuse(const admin::Refused& refused) {
  if (as_json_) streams_.out << json_text(refused);
  return complain(Exit::refused,
                  refused.sentence().empty() ? "refused: " + refused.code() : refused.sentence());
}

std::expected<std::vector<std::uint8_t>, Exit> Desk::exchange(const std::string& request) {
  if (!client_) {
    auto connected = net::UnixClient::connect(socket_, kPatience);
    if (!connected) {
      return std::unexpected(complain(
          Exit::unreachable, connected.error().message + "; is parley-signaling running?"));
    }
    client_ = *std::move(connected);
  }
  auto answer = client_->exchange(as_bytes(request), protocol::kMaxAdminMessage);
  if (!answer) return std::unexpected(complain(Exit::unreachable, answer.error().message));
  return *std::move(answer);
}

std::expected<admin::Answer, Exit> Desk::ask(const admin::Request& request) {
  if (const std::string wrong = protocol::find_violation(request); !wrong.empty()) {
    return std::unexpected(complain(Exit::usage, wrong));
  }
  const auto bytes = exchange(request.SerializeAsString());
  if (!bytes) return std::unexpected(bytes.error());
  admin::Answer answer;
  const auto decoded = protocol::decode(*bytes, protocol::kMaxAdminMessage, answer);
  if (!decoded || answer.body_case() == admin::Answer::BODY_NOT_SET) {
    return std::unexpected(
        complain(Exit::unreachable, "the service answers what this program does not understand"));
  }
  if (answer.has_refused()) return std::unexpected(refuse(answer.refused()));
  return answer;
}

void Desk::show(const admin::Answer& answer) {
  streams_.out << (as_json_ ? json_text(body_of(answer)) : report(answer));
}

Exit Desk::ask_and_show(const admin::Request& request) {
  const auto answer = ask(request);
  if (!answer) return answer.error();
  show(*answer);
  return Exit::ok;
}

}  // namespace parley::admin_cli
