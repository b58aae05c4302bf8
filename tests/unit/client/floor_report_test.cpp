#include "client/bot/floor_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <filesystem>

#include "tests/unit/client/lone_client.hpp"

namespace parley::client {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::at;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint64_t kRadio = 7;
constexpr std::uint32_t kFrame = 960;

// A report of a bot in "Radio" with Anna (2) and Bo (3), into a file of its own.
struct Written {
  Written() {
    const auto opened = report.open(file.string());
    EXPECT_TRUE(opened.has_value());
  }
  Written(const Written&) = delete;
  Written& operator=(const Written&) = delete;
  ~Written() { std::filesystem::remove(file); }

  // The lines that were written since the last call, of these kinds; of any, if none is named.
  std::vector<json> take(std::vector<std::string> kinds = {}) {
    std::ifstream in(file);
    std::vector<json> found;
    std::size_t number = 0;
    for (std::string line; std::getline(in, line);) {
      if (++number <= taken) continue;
      json one = json::parse(line);
      if (kinds.empty() || std::ranges::count(kinds, one.at("event").get<std::string>()) > 0) {
        found.push_back(std::move(one));
      }
    }
    taken = number;
    return found;
  }
  json only(const std::string& kind) {
    const auto found = take({kind});
    EXPECT_EQ(found.size(), 1U) << kind;
    return found.empty() ? json::object() : found.front();
  }

  void send(std::uint32_t timestamp, std::uint8_t word, Duration when = {}) {
    report.on_voice_sent({.room_id = kRadio, .timestamp = timestamp, .opus = {word}},
                         at(when).wall);
  }
  void receive(std::uint16_t sequence, std::uint32_t timestamp, std::uint8_t word,
               bool marker = false, Duration when = {}) {
    report.on_audio(
        {.slot = 0, .sequence = sequence, .timestamp = timestamp, .marker = marker, .opus = {word}},
        at(when));
  }
  floor::Event event() { return client.event(kRadio); }
  // What is printed of it, too.
  std::string hear(const floor::Event& event) {
    testing::internal::CaptureStdout();
    report.on_heard(event, at(0s));
    return testing::internal::GetCapturedStdout();
  }

  std::filesystem::path file = std::filesystem::path(testing::TempDir()) /
                               ("floor_report." + std::to_string(getpid()) + ".jsonl");
  test::LoneClient client{{{kRadio, "Radio"}}, {"Anna", "Bo"}};
  Report lines;
  FloorReport report{lines, client.core};
  std::size_t taken = 0;
};

floor::GrantId grant(std::uint32_t number) {
  floor::GrantId id;
  id.set_term(100);
  id.set_number(number);
  return id;
}

// ---- voice that is sent -------------------------------------------------------------------------

TEST(FloorReport, ABurstThatIsSentHasItsFirstAndItsLastPacket) {
  Written written;
  written.send(1000, 1, 0ms);
  written.send(1000 + kFrame, 2, 20ms);
  written.send(1000 + 2 * kFrame, 3, 40ms);
  written.report.finish();
  const auto lines = written.take();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0]["event"], "first_sent");
  EXPECT_EQ(lines[0]["room"], "Radio");
  EXPECT_EQ(lines[0]["timestamp"], 1000);
  EXPECT_EQ(lines[0]["at_us"], at(0ms).wall.time_since_epoch().count());
  EXPECT_EQ(lines[1]["event"], "last_sent");
  EXPECT_EQ(lines[1]["timestamp"], 1000 + 2 * kFrame);
  EXPECT_EQ(lines[1]["packets"], 3);
  EXPECT_EQ(lines[1]["at_us"], at(40ms).wall.time_since_epoch().count());
}

TEST(FloorReport, APauseOfMoreThanSixFramesDividesWhatIsSent) {
  Written written;
  written.send(0, 1);
  written.send(FloorReport::kPauseTicks, 2);
  EXPECT_EQ(written.take({"last_sent"}).size(), 0U);
  written.send(2 * FloorReport::kPauseTicks + 1, 3);
  EXPECT_EQ(written.only("last_sent")["packets"], 2);
}

TEST(FloorReport, TimestampsOfABurstMayPassZero) {
  Written written;
  written.send(0xffffffffU - kFrame + 1, 1);
  written.send(0, 2);
  written.report.finish();
  EXPECT_EQ(written.only("last_sent")["packets"], 2);
}

TEST(FloorReport, WhatIsSentEndsWithThePress) {
  for (const FloorPhase phase : {FloorPhase::idle, FloorPhase::ended}) {
    Written written;
    written.send(0, 1);
    written.report.on_own({.room_id = kRadio, .phase = FloorPhase::granted}, at(0s));
    EXPECT_THAT(written.take({"last_sent"}), IsEmpty());
    written.report.on_own({.room_id = kRadio, .phase = phase}, at(0s));
    EXPECT_EQ(written.take({"last_sent"}).size(), 1U);
  }
}

// ---- voice that is received ---------------------------------------------------------------------

TEST(FloorReport, APacketHasTheSameNameAtBothEnds) {
  Written written;
  written.send(0, 42);
  written.receive(7, 5000, 42);
  written.receive(8, 5000 + kFrame, 43);
  const auto lines = written.take({"first_sent", "first_received"});
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0]["payload"], lines[1]["payload"]);
  written.report.finish();
  EXPECT_NE(written.only("last_received")["payload"], lines[0]["payload"]);
}

TEST(FloorReport, MissingPacketsAreGaps) {
  Written written;
  written.receive(65534, 0, 1);
  written.receive(65535, kFrame, 2);
  written.receive(2, 4 * kFrame, 3);  // 0 and 1 are missing
  written.report.finish();
  const json last = written.only("last_received");
  EXPECT_EQ(last["packets"], 3);
  EXPECT_EQ(last["gaps"], 2);
}

TEST(FloorReport, LatePacketsAndCopiesAreNotCounted) {
  Written written;
  written.receive(10, 0, 1);
  written.receive(12, 2 * kFrame, 3);
  written.receive(12, 2 * kFrame, 3);
  written.receive(11, kFrame, 2);
  written.report.finish();
  EXPECT_EQ(written.only("last_received")["packets"], 2);
}

TEST(FloorReport, AMarkerOrAPauseBeginsANewBurst) {
  Written written;
  written.receive(1, 0, 1);
  written.receive(2, kFrame, 2, true);
  EXPECT_EQ(written.take({"first_received"}).size(), 2U);
  written.receive(3, kFrame + FloorReport::kPauseTicks, 3);
  EXPECT_THAT(written.take({"first_received"}), IsEmpty());
  written.receive(4, kFrame + 2 * FloorReport::kPauseTicks + 1, 4);
  EXPECT_EQ(written.take({"first_received"}).size(), 1U);
}

TEST(FloorReport, ASilenceEndsABurstAtItsLastPacket) {
  Written written;
  written.receive(1, 0, 1, false, 100ms);
  written.report.tick(at(100ms + FloorReport::kBurstEnd).mono);
  EXPECT_THAT(written.take({"last_received"}), IsEmpty());
  written.report.tick(at(101ms + FloorReport::kBurstEnd).mono);
  EXPECT_EQ(written.only("last_received")["at_us"], at(100ms).wall.time_since_epoch().count());
  written.report.finish();
  EXPECT_THAT(written.take(), IsEmpty());
}

// ---- what is told -------------------------------------------------------------------------------

TEST(FloorReport, AnswersAreWrittenWithTheirPress) {
  Written written;
  floor::Event granted = written.event();
  granted.mutable_granted()->set_req_id(5);
  *granted.mutable_granted()->mutable_grant() = grant(9);
  granted.mutable_granted()->set_limit_ms(30'000);
  granted.mutable_granted()->set_tier(floor::PRIORITY);
  written.hear(granted);
  const json line = written.only("granted");
  EXPECT_EQ(line["req_id"], 5);
  EXPECT_EQ(line["grant"], "100.9");
  EXPECT_EQ(line["limit_ms"], 30'000);
  EXPECT_EQ(line["tier"], "priority");

  floor::Event queued = written.event();
  queued.mutable_queued()->set_req_id(6);
  queued.mutable_queued()->set_position(2);
  queued.mutable_queued()->set_size(3);
  written.hear(queued);
  const json waiting = written.only("queued");
  EXPECT_EQ(waiting["req_id"], 6);
  EXPECT_EQ(waiting["position"], 2);
  EXPECT_EQ(waiting["size"], 3);

  floor::Event denied = written.event();
  denied.mutable_denied()->set_req_id(7);
  denied.mutable_denied()->set_cause(floor::Denied::QUEUE_FULL);
  EXPECT_EQ(written.hear(denied), "");  // the own state, which follows, is printed
  EXPECT_EQ(written.only("denied")["cause"], "QUEUE_FULL");
}

TEST(FloorReport, ARefusedActionIsPrinted) {
  Written written;
  floor::Event denied = written.event();
  denied.mutable_denied()->set_cause(floor::Denied::NO_PERMISSION);
  EXPECT_EQ(written.hear(denied), "floor \"Radio\": refused NO_PERMISSION\n");
}

TEST(FloorReport, ARevokeTellsByWhom) {
  Written written;
  floor::Event revoked = written.event();
  *revoked.mutable_revoked()->mutable_grant() = grant(9);
  revoked.mutable_revoked()->set_cause(floor::Revoked::PREEMPTED);
  revoked.mutable_revoked()->set_grace_ms(800);
  revoked.mutable_revoked()->set_by_member_id(2);
  EXPECT_EQ(written.hear(revoked), "floor \"Radio\": revoked by \"Anna\"\n");
  const json line = written.only("revoked");
  EXPECT_EQ(line["by"], "Anna");
  EXPECT_EQ(line["cause"], "PREEMPTED");
  EXPECT_EQ(line["grace_ms"], 800);
}

TEST(FloorReport, HoldersAreNamedWithTheirTiers) {
  Written written;
  floor::Event taken = written.event();
  floor::Holder* first = taken.mutable_taken()->add_holders();
  first->set_member_id(2);
  first->set_is_revoking(true);
  floor::Holder* second = taken.mutable_taken()->add_holders();
  second->set_member_id(9);
  second->set_tier(floor::COMMAND);
  second->set_channel(1);
  EXPECT_EQ(written.hear(taken),
            "floor \"Radio\": taken by \"Anna\" (ending), \"member 9\" (command)\n");
  const json line = written.only("taken");
  EXPECT_EQ(line["holders"][0]["name"], "Anna");
  EXPECT_EQ(line["holders"][1]["channel"], 1);

  floor::Event idle = written.event();
  idle.mutable_idle();
  EXPECT_EQ(written.hear(idle), "floor \"Radio\": idle\n");
  EXPECT_EQ(written.take({"idle"}).size(), 1U);
}

TEST(FloorReport, AnEmergencyIsTheOwnersUntilSomebodyClearsItOrTimeDoes) {
  Written written;
  floor::Event declared = written.event();
  declared.mutable_emergency()->set_kind(floor::Emergency::IN_EMERGENCY);
  declared.mutable_emergency()->set_owner_member_id(2);
  EXPECT_EQ(written.hear(declared), "floor \"Radio\": emergency of \"Anna\"\n");
  declared.mutable_emergency()->set_kind(floor::Emergency::IN_PERIL);
  EXPECT_EQ(written.hear(declared), "floor \"Radio\": peril of \"Anna\"\n");
  floor::Event cleared = written.event();
  cleared.mutable_emergency()->set_cleared_by_member_id(3);
  EXPECT_EQ(written.hear(cleared), "floor \"Radio\": emergency cleared by \"Bo\"\n");
  cleared.mutable_emergency()->set_cleared_by_member_id(0);
  EXPECT_EQ(written.hear(cleared), "floor \"Radio\": emergency over\n");
  EXPECT_EQ(written.take({"emergency"}).size(), 4U);
}

TEST(FloorReport, AQueueIsPrintedWhenItChangedAndWrittenAlways) {
  Written written;
  floor::Event queue = written.event();
  queue.mutable_queue()->add_waiting()->set_member_id(3);
  floor::SpokenTime* spoken = queue.mutable_queue()->add_spoken();
  spoken->set_delegation("Norway");
  spoken->set_total_ms(1500);
  EXPECT_EQ(written.hear(queue), "floor \"Radio\": queue \"Bo\"\n");
  EXPECT_EQ(written.hear(queue), "");
  queue.mutable_queue()->clear_waiting();
  EXPECT_EQ(written.hear(queue), "floor \"Radio\": queue empty\n");
  const auto lines = written.take({"queue"});
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0]["waiting"], json({"Bo"}));
  EXPECT_EQ(lines[0]["spoken_ms"]["Norway"], 1500);
}

TEST(FloorReport, AModeIsPrintedOnceUntilItChanges) {
  Written written;
  floor::Event state = written.event();
  state.mutable_state()->mutable_policy()->set_mode(floor::PTT);
  EXPECT_EQ(written.hear(state), "floor \"Radio\": mode ptt\n");
  EXPECT_EQ(written.hear(state), "");
  state.mutable_state()->mutable_policy()->set_mode(floor::CHAIRED);
  EXPECT_EQ(written.hear(state), "floor \"Radio\": mode chaired\n");
}

TEST(FloorReport, AlarmsOffersWarningsAndEndsAreWritten) {
  Written written;
  floor::Event alarm = written.event();
  alarm.mutable_alarm()->set_member_id(3);
  EXPECT_EQ(written.hear(alarm), "floor \"Radio\": the button of \"Bo\" is stuck\n");
  EXPECT_EQ(written.only("alarm")["member"], "Bo");
  floor::Event offer = written.event();
  offer.mutable_offer()->set_press_ms(2000);
  written.hear(offer);
  EXPECT_EQ(written.only("offer")["press_ms"], 2000);
  floor::Event warning = written.event();
  warning.mutable_warning()->set_left_ms(5000);
  EXPECT_EQ(written.hear(warning), "floor \"Radio\": 5000 ms left\n");
  EXPECT_EQ(written.only("warning")["left_ms"], 5000);
  floor::Event done = written.event();
  *done.mutable_done()->mutable_grant() = grant(9);
  EXPECT_EQ(written.hear(done), "floor \"Radio\": done\n");
  EXPECT_EQ(written.only("done")["grant"], "100.9");
}

TEST(FloorReport, APressIsWrittenWithItsRequest) {
  Written written;
  ASSERT_TRUE(written.client.core.press({.room_id = kRadio}, at(0s), written.client.out));
  testing::internal::CaptureStdout();
  written.report.on_own({.room_id = kRadio, .phase = FloorPhase::asking}, at(0s));
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "floor \"Radio\": own asking\n");
  EXPECT_EQ(written.only("press")["req_id"], written.client.core.floor().req_id());
}

TEST(FloorReport, TheOwnStateIsPrintedWithItsPlaceCauseAndTime) {
  Written written;
  testing::internal::CaptureStdout();
  written.report.on_own({.room_id = kRadio, .phase = FloorPhase::queued, .position = 2, .size = 3},
                        at(0s));
  written.report.on_own({.room_id = kRadio,
                         .phase = FloorPhase::revoking,
                         .cause = floor::Revoked::TOO_LONG,
                         .until = at(3s).mono},
                        at(0s));
  written.report.on_own(
      {.room_id = kRadio, .phase = FloorPhase::denied, .cause = floor::Denied::RECEIVE_ONLY},
      at(0s));
  EXPECT_EQ(testing::internal::GetCapturedStdout(),
            "floor \"Radio\": own queued 2 of 3\n"
            "floor \"Radio\": own revoking TOO_LONG for 3000 ms\n"
            "floor \"Radio\": own denied RECEIVE_ONLY\n");
  EXPECT_EQ(written.take({"own"}).size(), 3U);
}

TEST(FloorReport, JoiningAndMediaHaveTheirMoment) {
  Written written;
  written.report.on_joined(kRadio, at(1s).wall);
  written.report.on_media_connected(at(2s).wall);
  EXPECT_EQ(written.only("joined")["room"], "Radio");
  EXPECT_THAT(written.take(), IsEmpty());
}

// ---- the file -----------------------------------------------------------------------------------

TEST(FloorReport, WithoutAFileNothingIsKept) {
  test::LoneClient client({{kRadio, "Radio"}});
  Report lines;
  FloorReport report(lines, client.core);
  report.on_voice_sent({.room_id = kRadio, .timestamp = 0, .opus = {1}}, at(0s).wall);
  report.finish();
  EXPECT_TRUE(report.is_written());
}

TEST(FloorReport, AFileThatCannotBeWrittenIsToldAtOnce) {
  test::LoneClient client({{kRadio, "Radio"}});
  Report lines;
  FloorReport report(lines, client.core);
  const auto opened = report.open(testing::TempDir() + "/no/such/folder/events");
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::io);
}

TEST(FloorReport, AFullDiskIsNoticed) {
  test::LoneClient client({{kRadio, "Radio"}});
  Report lines;
  FloorReport report(lines, client.core);
  ASSERT_TRUE(report.open("/dev/full").has_value());
  report.on_media_connected(at(0s).wall);
  EXPECT_FALSE(report.is_written());
}

}  // namespace
}  // namespace parley::client
