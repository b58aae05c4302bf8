#include "signaling/server/secret_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "net/os_random.hpp"
#include "tests/support/temporary_directory.hpp"

namespace parley::signaling {
namespace {

constexpr WallTime kNow{std::chrono::seconds(1'800'000'000)};

class SecretFileTest : public testing::Test {
 protected:
  Result<Authority> load_or_create() {
    return load_or_create_authority(file_, "Ministry", random_, kNow);
  }

  test::TemporaryDirectory temporary_;
  const std::filesystem::path& directory_ = temporary_.path();
  std::filesystem::path file_ = directory_ / "state" / "authority.pem";
  net::OsRandom random_;
};

TEST_F(SecretFileTest, AnAuthorityIsMadeOnceForItsOwnerOnly) {
  const auto made = load_or_create();
  ASSERT_TRUE(made.has_value()) << made.error().message;
  struct stat info{};
  ASSERT_EQ(::stat(file_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  const auto again = load_or_create();
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->certificate(), made->certificate());
  EXPECT_EQ(again->organisation(), "Ministry");
  // Nothing else is left beside it.
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_ / "state"), {}), 1);
}

TEST_F(SecretFileTest, IsNeverReplaced) {
  ASSERT_TRUE(create_secret_file(file_, "one").has_value());
  const auto second = create_secret_file(file_, "two");
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::already_exists);
  EXPECT_EQ(read_secret_file(file_), "one");
}

TEST_F(SecretFileTest, IsRefusedWhenOthersMayReadIt) {
  ASSERT_TRUE(create_secret_file(file_, "secret").has_value());
  for (const mode_t mode : {0640U, 0604U, 0660U}) {
    ASSERT_EQ(::chmod(file_.c_str(), mode), 0);
    const auto content = read_secret_file(file_);
    ASSERT_FALSE(content.has_value());
    EXPECT_EQ(content.error().code, ErrorCode::failed_precondition);
  }
}

TEST_F(SecretFileTest, IsRefusedWhenItIsTooLarge) {
  ASSERT_TRUE(create_secret_file(file_, std::string(kMaxSecretFile + 1, 'k')).has_value());
  EXPECT_EQ(read_secret_file(file_).error().code, ErrorCode::failed_precondition);
}

TEST_F(SecretFileTest, AnAuthorityNeedsKeyAndCertificate) {
  for (const char* content : {"", "nonsense", "-----BEGIN PRIVATE KEY-----\n"}) {
    std::filesystem::remove(file_);
    ASSERT_TRUE(create_secret_file(file_, content).has_value());
    const auto authority = load_or_create();
    ASSERT_FALSE(authority.has_value()) << content;
    EXPECT_EQ(authority.error().code, ErrorCode::failed_precondition);
    EXPECT_NE(authority.error().message.find(file_.string()), std::string::npos);
  }
}

TEST_F(SecretFileTest, IsNotFollowedThroughALink) {
  ASSERT_TRUE(create_secret_file(directory_ / "real", "secret").has_value());
  std::filesystem::create_symlink(directory_ / "real", directory_ / "link");
  EXPECT_FALSE(read_secret_file(directory_ / "link").has_value());
}

TEST_F(SecretFileTest, SaysWhereItCannotBeMade) {
  file_ = "/proc/nonexistent/key";
  const auto authority = load_or_create();
  ASSERT_FALSE(authority.has_value());
  EXPECT_NE(authority.error().message.find("/proc/nonexistent/key"), std::string::npos);
}

}  // namespace
}  // namespace parley::signaling
