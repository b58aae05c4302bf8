// The real service on each of its two stores.
#include <gtest/gtest.h>

#include <csignal>
#include <list>
#include <optional>

#include "base/base64url.hpp"
#include "client/core/device_key.hpp"
#include "net/os_random.hpp"
#include "protocol/proof.hpp"
#include "tests/unit/server/running_service.hpp"
#include "tests/unit/server/tls_client.hpp"
#include "tests/unit/store/postgres_server.hpp"

namespace parley::signaling {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kCap = 10;
constexpr int kPeople = 50;
#else
constexpr int kCap = 100;
constexpr int kPeople = 500;
#endif
constexpr int kAsked = 9;  // request id of what a test waits for

enum class Kind { sqlite, postgres };

// Somebody who has opened a link.
class Person {
 public:
  Person(const RunningService& service, const std::filesystem::path& ca, std::string code)
      : client_(service.https_port(), ca), code_(std::move(code)) {
    challenge_ = client_.greet().welcome().challenge();
  }
  // With the key that was made before, on a new connection.
  Person(const RunningService& service, const std::filesystem::path& ca, Person&& before)
      : client_(service.https_port(), ca),
        key_(std::move(before.key_)),
        credential_(std::move(before.credential_)) {
    challenge_ = client_.greet().welcome().challenge();
  }

  api::ServerMessage enrol() {
    const std::string key(as_text(key_.public_key()));
    api::ClientMessage message;
    message.mutable_enrol()->set_invitation(code_);
    message.mutable_enrol()->set_public_key(key);
    message.mutable_enrol()->set_signature(
        key_.sign(proof_text(protocol::ProofOf::enrolment, "localhost", challenge_, key)));
    api::ServerMessage answer = ask(message);
    credential_ = answer.enrolled().credential();
    return answer;
  }
  api::ServerMessage login() {
    api::ClientMessage message;
    message.mutable_login()->set_credential(credential_);
    message.mutable_login()->set_signature(
        key_.sign(proof_text(protocol::ProofOf::login, "localhost", challenge_, credential_)));
    api::ServerMessage answer = ask(message);
    if (answer.has_session() && answer.session().rooms_size() > 0) {
      room_ = answer.session().rooms(0).room_id();
    }
    return answer;
  }
  void send_join() {
    api::ClientMessage message;
    message.set_request_id(kAsked);
    message.mutable_join()->set_room_id(room_);
    client_.send(message);
  }
  // The answer, behind whatever else is told.
  api::ServerMessage answer() {
    for (;;) {
      api::ServerMessage message = client_.receive();
      if (message.request_id() == kAsked || testing::Test::HasFailure()) return message;
    }
  }

 private:
  api::ServerMessage ask(api::ClientMessage& message) {
    message.set_request_id(kAsked);
    client_.send(message);
    return answer();
  }

  WsClient client_;
  net::OsRandom random_;
  client::DeviceKey key_ = client::DeviceKey::generate(random_);
  std::string code_;
  std::string challenge_;
  std::string credential_;
  std::uint64_t room_ = 0;
};

class StoresTest : public testing::TestWithParam<Kind> {
 protected:
  StoresTest() {
    if (GetParam() == Kind::sqlite) {
      directory_.emplace(kServer);
      return;
    }
    postgres_.emplace();
    database_ = postgres_->create_database();
    directory_.emplace(kServer +
                       ("store: {postgres: \"" + postgres_->conninfo(database_) + "\"}\n"));
  }

  [[nodiscard]] std::filesystem::path ca() const { return directory_->path() / "pki" / "ca.pem"; }
  [[nodiscard]] Finished administer(std::vector<std::string> arguments) const {
    return directory_->administer(std::move(arguments));
  }
  // Codes of new links.
  [[nodiscard]] std::vector<std::string> invite(int count) const {
    const Finished made = administer(
        {"invite", "--room", "Lobby", "--create-room", "--count", std::to_string(count)});
    EXPECT_EQ(made.exit_code, 0) << made.output;
    std::vector<std::string> codes;
    for (std::size_t at = 0; (at = made.output.find("#i=", at)) != std::string::npos; at += 3) {
      const std::size_t end = made.output.find('\n', at);
      const auto code = from_base64url(made.output.substr(at + 3, end - at - 3));
      codes.emplace_back(code->begin(), code->end());
    }
    return codes;
  }

  static inline const std::string kServer =
      "server: {port: 0, web_root: web, max_connections_per_address: 1000}\n"
      "limits: {idle_limit_ms: 600000}\n";  // the first of many waits until the last is there
  std::optional<test::PostgresServer> postgres_;
  std::string database_;
  std::optional<ServiceDirectory> directory_;
};

TEST_P(StoresTest, FiveTimesAsManyJoinsAsTheCapEndWithTheCap) {
  const RunningService service(*directory_);
  std::list<Person> people;
  for (std::string& code : invite(kPeople)) {
    Person& person = people.emplace_back(service, ca(), std::move(code));
    ASSERT_TRUE(person.enrol().has_enrolled());
    ASSERT_TRUE(person.login().has_session());
  }
  ASSERT_EQ(people.size(), static_cast<std::size_t>(kPeople));
  ASSERT_EQ(administer({"rooms", "set", "Lobby", "--cap", std::to_string(kCap)}).exit_code, 0);
  for (Person& person : people) person.send_join();
  int inside = 0;
  int full = 0;
  for (Person& person : people) {
    const api::ServerMessage answer = person.answer();
    inside += answer.has_joined() ? 1 : 0;
    full += answer.error().code() == api::Error::ROOM_FULL ? 1 : 0;
  }
  EXPECT_EQ(inside, kCap);
  EXPECT_EQ(full, kPeople - kCap);
}

TEST_P(StoresTest, EverythingIsThereAfterAKill) {
  std::vector<std::string> codes;
  std::optional<Person> ann;
  {
    RunningService service(*directory_);
    codes = invite(2);
    ann.emplace(service, ca(), codes[0]);
    ASSERT_TRUE(ann->enrol().has_enrolled());
    ASSERT_EQ(administer({"rooms", "set", "Attic", "--mode", "ptt"}).exit_code, 0);
    service.signal(SIGKILL);
    service.wait();
  }
  const RunningService again(*directory_);
  Person back(again, ca(), std::move(*ann));
  EXPECT_TRUE(back.login().has_session());
  Person thief(again, ca(), codes[0]);
  EXPECT_EQ(thief.enrol().error().code(), api::Error::INVITATION_USED);
  EXPECT_NE(administer({"rooms"}).output.find("Attic"), std::string::npos);
  const Finished events = administer({"events", "--verify"});
  EXPECT_EQ(events.exit_code, 0) << events.output;
}

INSTANTIATE_TEST_SUITE_P(, StoresTest, testing::Values(Kind::sqlite, Kind::postgres),
                         [](const auto& kind) {
                           return kind.param == Kind::sqlite ? "Sqlite" : "Postgres";
                         });

class PostgresAway : public StoresTest {};

// People who are known come back, and what they do is written down later; what has to be kept at
// once is refused, and nothing is half done.
TEST_P(PostgresAway, CostsNobodyHisSessionAndNothingIsLost) {
  RunningService service(*directory_);
  const auto codes = invite(2);
  Person ann(service, ca(), codes[0]);
  ASSERT_TRUE(ann.enrol().has_enrolled());
  postgres_->stop();
  ASSERT_NE(service.wait_for_line("the store is away"), "");

  EXPECT_TRUE(ann.login().has_session());
  ann.send_join();
  EXPECT_TRUE(ann.answer().has_joined());
  Person ben(service, ca(), codes[1]);
  EXPECT_EQ(ben.enrol().error().code(), api::Error::STORE_UNAVAILABLE);
  const Finished refused = administer({"rooms", "set", "Attic", "--mode", "ptt"});
  EXPECT_NE(refused.exit_code, 0);
  EXPECT_EQ(administer({"rooms"}).output.find("Attic"), std::string::npos);

  postgres_->start();
  ASSERT_NE(service.wait_for_line("the store is back"), "");
  EXPECT_TRUE(ben.enrol().has_enrolled());
  EXPECT_EQ(administer({"rooms", "set", "Attic", "--mode", "ptt"}).exit_code, 0);
  const Finished events = administer({"events", "--verify", "--json"});
  EXPECT_EQ(events.exit_code, 0) << events.output;
  EXPECT_NE(events.output.find("JOINED"), std::string::npos) << events.output;
}

INSTANTIATE_TEST_SUITE_P(, PostgresAway, testing::Values(Kind::postgres),
                         [](const auto&) { return "Postgres"; });

}  // namespace
}  // namespace parley::signaling
