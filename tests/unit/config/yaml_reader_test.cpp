#include "config/yaml_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>

namespace parley::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

enum class Fruit : std::uint8_t { apple, pear };
constexpr std::array<std::pair<std::string_view, Fruit>, 2> kFruits{
    {{"apple", Fruit::apple}, {"pear", Fruit::pear}}};

std::vector<std::string> texts(const Problems& problems) {
  std::vector<std::string> out;
  for (const Problem& problem : problems) out.push_back(problem.to_string());
  return out;
}

// What reading one number of 1..16 called `slots` says about a text.
std::vector<std::string> problems_of_slots(std::string_view text) {
  YamlReader reader(text, "f.yaml", FileCheck::skip);
  std::uint8_t slots = 4;
  reader.root().number("slots", slots, 1, 16);
  return texts(reader.finish());
}

TEST(YamlReader, KeepsTheDefaultOfAnAbsentKeyAndNamesIt) {
  YamlReader reader("", "f.yaml", FileCheck::skip);
  std::uint8_t slots = 4;
  reader.root().section("media").number("slots", slots, 1, 16);
  EXPECT_EQ(slots, 4);
  EXPECT_THAT(reader.absent_keys(), ElementsAre("media", "media.slots"));
  EXPECT_THAT(reader.finish(), IsEmpty());
}

TEST(YamlReader, TakesNumbersInTheirRangeOnly) {
  EXPECT_THAT(problems_of_slots("slots: 1"), IsEmpty());
  EXPECT_THAT(problems_of_slots("slots: 16"), IsEmpty());
  EXPECT_THAT(problems_of_slots("slots: 0"),
              ElementsAre("f.yaml:1: slots: '0' is not a whole number of 1..16"));
  EXPECT_THAT(problems_of_slots("\nslots: 17"),
              ElementsAre("f.yaml:2: slots: '17' is not a whole number of 1..16"));
  EXPECT_THAT(problems_of_slots("slots: 99999999999999999999"), testing::SizeIs(1));
  EXPECT_THAT(problems_of_slots("slots: 4 ms"), testing::SizeIs(1));
  EXPECT_THAT(problems_of_slots("slots: -1"), testing::SizeIs(1));
  EXPECT_THAT(problems_of_slots("slots:"), ElementsAre("f.yaml:1: slots: has no value"));
  EXPECT_THAT(problems_of_slots("slots: [4]"),
              ElementsAre("f.yaml:1: slots: expected a single value"));
}

TEST(YamlReader, RefusesUnknownAndRepeatedKeys) {
  EXPECT_THAT(
      problems_of_slots("slots: 2\nslotz: 3\nslots: 4\n"),
      ElementsAre("f.yaml:2: 'slotz' is not a known key", "f.yaml:3: slots: stands here twice"));
}

TEST(YamlReader, SaysOnlyThatATextIsNotYamlWhenItIsNot) {
  const auto problems = problems_of_slots("slots: [1, 2\n");
  ASSERT_THAT(problems, testing::SizeIs(1));
  EXPECT_THAT(problems[0], testing::HasSubstr("not valid YAML"));
}

TEST(YamlReader, PrintsNoControlCharacterOfTheFile) {
  EXPECT_THAT(problems_of_slots("slots: \"\\x1b[2J\""),
              ElementsAre("f.yaml:1: slots: '?[2J' is not a whole number of 1..16"));
  EXPECT_THAT(problems_of_slots("slots: \"\\\x1b\""),
              ElementsAre(testing::HasSubstr("unknown escape character: ?")));
}

TEST(YamlReader, RefusesAnchorsAliasesAndSeveralDocuments) {
  EXPECT_THAT(problems_of_slots("slots: &a 4"), ElementsAre(testing::HasSubstr("anchors")));
  EXPECT_THAT(problems_of_slots("a: &a [*a]"), ElementsAre(testing::HasSubstr("not supported")));
  EXPECT_THAT(problems_of_slots("slots: 1\n---\nslots: 2\n"),
              ElementsAre(testing::HasSubstr("more than one document")));
}

TEST(YamlReader, RefusesADepthOrASizeBeyondItsLimits) {
  std::string deep = "slots: ";
  deep.append(kMaxConfigDepth, '[');
  deep.append(kMaxConfigDepth, ']');
  EXPECT_THAT(problems_of_slots(deep), ElementsAre(testing::HasSubstr("nested too deeply")));
  EXPECT_THAT(problems_of_slots("#" + std::string(kMaxConfigBytes, 'x')),
              ElementsAre(testing::HasSubstr("larger than 65536 bytes")));
  EXPECT_THAT(problems_of_slots("#" + std::string(kMaxConfigBytes - 1, 'x')), IsEmpty());
}

TEST(YamlReader, TakesASingleValueAsAListOfOne) {
  YamlReader reader("ips: 192.0.2.1", "f.yaml", FileCheck::skip);
  std::vector<IpAddress> addresses;
  reader.root().addresses("ips", addresses);
  EXPECT_THAT(addresses, ElementsAre(*IpAddress::parse("192.0.2.1")));
  EXPECT_THAT(reader.finish(), IsEmpty());
}

TEST(YamlReader, BoundsListsAndTexts) {
  std::string list = "items: [a";
  for (std::size_t i = 1; i < kMaxListItems; ++i) list += ", a";
  std::vector<std::string> items;
  YamlReader good(list + "]", "f.yaml", FileCheck::skip);
  good.root().texts("items", items);
  EXPECT_THAT(good.finish(), IsEmpty());
  EXPECT_EQ(items.size(), kMaxListItems);
  YamlReader bad(list + ", a]", "f.yaml", FileCheck::skip);
  bad.root().texts("items", items);
  EXPECT_THAT(texts(bad.finish()), ElementsAre("f.yaml:1: items: holds more than 64 entries"));
  std::string name;
  YamlReader long_text("name: " + std::string(65, 'n'), "f.yaml", FileCheck::skip);
  long_text.root().text("name", name, 64);
  EXPECT_THAT(texts(long_text.finish()),
              ElementsAre("f.yaml:1: name: has to be 1..64 printable bytes"));
}

TEST(YamlReader, ReadsTimesChoicesBooleansAndAddresses) {
  YamlReader reader("wait_ms: 250\nfruit: pear\nfruits: [pear, apple]\non: false\nip: '::1'\n",
                    "f.yaml", FileCheck::skip);
  YamlReader::Section root = reader.root();
  std::chrono::milliseconds wait{0};
  root.time("wait_ms", wait, std::chrono::milliseconds(1), std::chrono::milliseconds(500));
  EXPECT_EQ(wait.count(), 250);
  Fruit fruit = Fruit::apple;
  root.choice<Fruit>("fruit", fruit, kFruits);
  EXPECT_EQ(fruit, Fruit::pear);
  std::vector<Fruit> fruits;
  root.choices<Fruit>("fruits", fruits, kFruits);
  EXPECT_THAT(fruits, ElementsAre(Fruit::pear, Fruit::apple));
  bool on = true;
  root.boolean("on", on);
  EXPECT_FALSE(on);
  IpAddress address;
  root.address("ip", address);
  EXPECT_TRUE(address.is_v6);
  EXPECT_THAT(reader.finish(), IsEmpty());
}

TEST(YamlReader, NamesWhatIsWrongWithChoicesBooleansAndAddresses) {
  YamlReader reader("fruit: plum\nfruits: [pear, pear]\non: yes\nip: localhost\nips: []\n",
                    "f.yaml", FileCheck::skip);
  YamlReader::Section root = reader.root();
  Fruit fruit = Fruit::apple;
  std::vector<Fruit> fruits;
  bool on = true;
  IpAddress address;
  std::vector<IpAddress> addresses;
  root.choice<Fruit>("fruit", fruit, kFruits);
  root.choices<Fruit>("fruits", fruits, kFruits);
  root.boolean("on", on);
  root.address("ip", address);
  root.addresses("ips", addresses);
  EXPECT_THAT(texts(reader.finish()),
              ElementsAre("f.yaml:1: fruit: 'plum' is not one of apple, pear",
                          "f.yaml:2: fruits: 'pear' stands here twice",
                          "f.yaml:3: on: 'yes' is neither true nor false",
                          "f.yaml:4: ip: 'localhost' is not an IP address",
                          "f.yaml:5: ips: the list needs at least one address"));
}

TEST(YamlReader, ResolvesPathsAgainstTheFileAndChecksThem) {
  const std::filesystem::path dir =
      std::filesystem::path(testing::TempDir()) / "parley_yaml_reader_test";
  std::filesystem::create_directories(dir);
  std::ofstream(dir / "key.pem") << "key";
  YamlReader reader("key: key.pem\nabsent: no.pem\ndir: .\nmade: later.db\n", dir / "f.yaml",
                    FileCheck::must_be_readable);
  YamlReader::Section root = reader.root();
  std::filesystem::path key, absent, directory, made;
  root.path("key", key, FileUse::readable_file);
  root.path("absent", absent, FileUse::readable_file);
  root.path("dir", directory, FileUse::readable_file);
  root.path("made", made, FileUse::created);
  EXPECT_EQ(key, dir / "key.pem");
  EXPECT_EQ(made, dir / "later.db");
  EXPECT_THAT(texts(reader.finish()),
              ElementsAre(testing::HasSubstr("no.pem' cannot be read: No such file"),
                          testing::HasSubstr("is a directory")));
  std::filesystem::remove_all(dir);
}

TEST(YamlReader, SaysWhyAFileCannotBeRead) {
  const auto missing = read_config_file("/nonexistent/parley.yaml");
  ASSERT_FALSE(missing.has_value());
  EXPECT_THAT(texts(missing.error()),
              ElementsAre("/nonexistent/parley.yaml: cannot be read: No such file or directory"));
  EXPECT_FALSE(read_config_file("/").has_value());
}

}  // namespace
}  // namespace parley::config
