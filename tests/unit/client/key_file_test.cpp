#include "client/bot/key_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/support/temporary_directory.hpp"
#include "tests/unit/client/support.hpp"

namespace parley::client {
namespace {

namespace fs = std::filesystem;
using test::SeededRandom;
using test::TemporaryDirectory;

struct Place {
  TemporaryDirectory directory;
  std::string file = (directory.path() / "bot.pem").string();
  SeededRandom random{1};

  std::string text() const {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  mode_t mode() const {
    struct stat status{};
    EXPECT_EQ(::stat(file.c_str(), &status), 0);
    return status.st_mode & 07777;
  }
};

TEST(KeyFile, KeepsTheKeyAndTheNewestCredentialForItsOwnerAlone) {
  Place place;
  const DeviceKey key = DeviceKey::generate(place.random);
  ASSERT_TRUE(write_key_file(place.file, key, {}).has_value());
  EXPECT_TRUE(read_key_file(place.file)->credential.empty());
  for (const std::string& credential : {std::string("first\0credential", 16), std::string("2nd")}) {
    ASSERT_TRUE(write_key_file(place.file, key, credential).has_value());
    const auto read = read_key_file(place.file);
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->credential, credential);
    EXPECT_EQ(read->key.public_key(), key.public_key());
    EXPECT_EQ(place.mode(), 0600U);
  }
  EXPECT_TRUE(place.text().starts_with("-----BEGIN PRIVATE KEY-----"));
  EXPECT_NE(place.text().find("-----BEGIN CERTIFICATE-----"), std::string::npos);
  EXPECT_EQ(std::distance(fs::directory_iterator(place.directory.path()), {}), 1)
      << "nothing is left beside it";
}

TEST(KeyFile, AnotherKeyOrChainAfterTheCredentialIsPassedOver) {
  Place place;
  const DeviceKey key = DeviceKey::generate(place.random);
  ASSERT_TRUE(write_key_file(place.file, key, "authority").has_value());
  const std::string text = place.text();
  const std::string authority = text.substr(text.find("-----BEGIN CERTIFICATE"));
  ASSERT_TRUE(write_key_file(place.file, key, "credential").has_value());
  std::ofstream(place.file, std::ios::app) << authority;
  EXPECT_EQ(read_key_file(place.file)->credential, "credential");
}

TEST(KeyFile, OneThatOthersMayReadIsRefused) {
  Place place;
  ASSERT_TRUE(write_key_file(place.file, DeviceKey::generate(place.random), {}).has_value());
  for (const mode_t mode : {0640U, 0604U, 0620U}) {
    ASSERT_EQ(::chmod(place.file.c_str(), mode), 0);
    const auto read = read_key_file(place.file);
    ASSERT_FALSE(read.has_value());
    EXPECT_EQ(read.error().code, ErrorCode::failed_precondition);
    EXPECT_NE(read.error().message.find("0600"), std::string::npos);
  }
}

TEST(KeyFile, WhatIsNoKeyFileIsRefused) {
  Place place;
  EXPECT_EQ(read_key_file(place.file).error().code, ErrorCode::not_found);
  for (const std::string& text : {std::string(), std::string("no key"), std::string(70'000, 'x')}) {
    std::ofstream(place.file, std::ios::trunc) << text;
    ASSERT_EQ(::chmod(place.file.c_str(), 0600), 0);
    EXPECT_EQ(read_key_file(place.file).error().code, ErrorCode::invalid_argument);
  }
}

TEST(KeyFile, IsMadeOnceWhereALinkAllowsIt) {
  Place place;
  EXPECT_EQ(open_identity(place.file, false, place.random).error().code, ErrorCode::not_found);
  EXPECT_FALSE(fs::exists(place.file));
  const auto made = open_identity(place.file, true, place.random);
  ASSERT_TRUE(made.has_value());
  EXPECT_TRUE(made->credential.empty());
  const auto again = open_identity(place.file, true, place.random);
  EXPECT_EQ(again->key.public_key(), made->key.public_key());
}

TEST(KeyFile, WithoutANameTheKeyIsNewEachTime) {
  SeededRandom random{1};
  const auto first = open_identity({}, true, random);
  EXPECT_NE(first->key.public_key(), open_identity({}, true, random)->key.public_key());
}

TEST(KeyFile, OneThatCannotBeWrittenSaysSo) {
  Place place;
  const std::string nowhere = (place.directory.path() / "missing" / "bot.pem").string();
  EXPECT_EQ(open_identity(nowhere, true, place.random).error().code, ErrorCode::io);
}

}  // namespace
}  // namespace parley::client
