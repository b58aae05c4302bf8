#include "signaling/server/key_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>

#include "net/os_random.hpp"
#include "tests/support/temporary_directory.hpp"

namespace parley::signaling {
namespace {

class KeyFileTest : public testing::Test {
 protected:
  test::TemporaryDirectory temporary_;
  const std::filesystem::path& directory_ = temporary_.path();
  std::filesystem::path file_ = directory_ / "state" / "invitation.key";
  net::OsRandom random_;
};

TEST_F(KeyFileTest, IsMadeOnceForItsOwnerOnly) {
  const auto made = load_or_create_key_file(file_, random_);
  ASSERT_TRUE(made.has_value()) << made.error().message;
  struct stat info{};
  ASSERT_EQ(::stat(file_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  EXPECT_EQ(info.st_size, 32);
  const auto again = load_or_create_key_file(file_, random_);
  ASSERT_TRUE(again.has_value());
  EXPECT_TRUE(std::ranges::equal(made->seed(), again->seed()));
  // Nothing else is left beside it.
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_ / "state"), {}), 1);
}

TEST_F(KeyFileTest, IsNeverReplaced) {
  ASSERT_TRUE(create_key_file(file_, random_).has_value());
  const auto second = create_key_file(file_, random_);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::already_exists);
}

TEST_F(KeyFileTest, IsRefusedWhenOthersMayReadIt) {
  ASSERT_TRUE(create_key_file(file_, random_).has_value());
  for (const mode_t mode : {0640U, 0604U, 0660U}) {
    ASSERT_EQ(::chmod(file_.c_str(), mode), 0);
    const auto key = load_or_create_key_file(file_, random_);
    ASSERT_FALSE(key.has_value());
    EXPECT_EQ(key.error().code, ErrorCode::failed_precondition);
  }
}

TEST_F(KeyFileTest, IsRefusedWhenItIsNotAKey) {
  std::filesystem::create_directories(directory_ / "state");
  for (const std::size_t size : {0U, 31U, 33U}) {
    std::ofstream(file_) << std::string(size, 'k');
    ASSERT_EQ(::chmod(file_.c_str(), 0600), 0);
    const auto key = load_or_create_key_file(file_, random_);
    ASSERT_FALSE(key.has_value()) << size;
    EXPECT_EQ(key.error().code, ErrorCode::failed_precondition);
  }
}

TEST_F(KeyFileTest, IsNotFollowedThroughALink) {
  ASSERT_TRUE(create_key_file(directory_ / "real", random_).has_value());
  std::filesystem::create_symlink(directory_ / "real", directory_ / "link");
  EXPECT_FALSE(load_or_create_key_file(directory_ / "link", random_).has_value());
}

TEST_F(KeyFileTest, SaysWhereItCannotBeMade) {
  const auto key = load_or_create_key_file("/proc/nonexistent/key", random_);
  ASSERT_FALSE(key.has_value());
  EXPECT_NE(key.error().message.find("/proc/nonexistent/key"), std::string::npos);
}

}  // namespace
}  // namespace parley::signaling
