#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "signaling/server/response_headers.hpp"
#include "signaling/server/service_files.hpp"
#include "signaling/server/static_files.hpp"
#include "tests/support/temporary_directory.hpp"

namespace parley::signaling {
namespace {

class StaticFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(root_ / "assets");
    std::filesystem::create_directories(root_ / ".git");
    write("index.html", "<!doctype html>");
    write("assets/app-1.js", "js");
    write("notes", "plain");
    write(".hidden", "no");
    write(".git/config", "no");
    std::filesystem::create_symlink("/etc/passwd", root_ / "passwd");
    std::filesystem::create_directory_symlink("/etc", root_ / "etc");
  }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(root_ / name) << text;
  }

  test::TemporaryDirectory directory_;
  const std::filesystem::path& root_ = directory_.path();
};

TEST_F(StaticFilesTest, HoldsTheRegularFilesOnly) {
  const auto files = StaticFiles::load(root_);
  ASSERT_TRUE(files.has_value());
  EXPECT_EQ(files->size(), 3U);
  EXPECT_NE(files->find("/"), nullptr);
  EXPECT_EQ(files->find("/"), files->find("/index.html"));
  for (const char* path : {"/.hidden", "/.git/config", "/passwd", "/etc/passwd", "/assets", "",
                           "/assets/../index.html", "//index.html", "index.html"}) {
    EXPECT_EQ(files->find(path), nullptr) << path;
  }
}

TEST_F(StaticFilesTest, KnowsTypesAndHowLongToKeep) {
  const auto files = StaticFiles::load(root_);
  ASSERT_TRUE(files.has_value());
  EXPECT_EQ(files->find("/")->content_type, "text/html; charset=utf-8");
  EXPECT_EQ(files->find("/")->cache_control, "no-cache");
  EXPECT_EQ(files->find("/assets/app-1.js")->content_type, "text/javascript; charset=utf-8");
  EXPECT_EQ(files->find("/assets/app-1.js")->cache_control, "public, max-age=31536000, immutable");
  EXPECT_EQ(files->find("/notes")->content_type, "application/octet-stream");
  EXPECT_NE(files->find("/")->etag, files->find("/notes")->etag);
}

TEST_F(StaticFilesTest, SaysWhatIsMissing) {
  std::filesystem::remove(root_ / "index.html");
  const auto files = StaticFiles::load(root_);
  ASSERT_FALSE(files.has_value());
  EXPECT_EQ(files.error().code, ErrorCode::not_found);
  EXPECT_FALSE(StaticFiles::load("/nonexistent").has_value());
}

TEST_F(StaticFilesTest, RefusesOneFileMoreThanTheLimit) {
  for (std::size_t i = 3; i < kMaxStaticFiles; ++i) write("f" + std::to_string(i), "");
  EXPECT_TRUE(StaticFiles::load(root_).has_value());
  write("one-more", "");
  const auto files = StaticFiles::load(root_);
  ASSERT_FALSE(files.has_value());
  EXPECT_EQ(files.error().code, ErrorCode::resource_exhausted);
}

TEST_F(StaticFilesTest, RefusesOneByteMoreThanTheLimit) {
  write("large", "");
  std::filesystem::resize_file(root_ / "large", kMaxStaticBytes);
  const auto files = StaticFiles::load(root_);
  ASSERT_FALSE(files.has_value());
  EXPECT_EQ(files.error().code, ErrorCode::resource_exhausted);
}

TEST(ResponseHeaders, AskForHstsOnNamesThatAreParleysOwn) {
  EXPECT_TRUE(wants_hsts("https://talk.example"));
  EXPECT_TRUE(wants_hsts("https://talk.example:8443"));
  EXPECT_FALSE(wants_hsts("https://localhost:8443"));
  EXPECT_FALSE(wants_hsts("https://192.0.2.1"));
  EXPECT_FALSE(wants_hsts("https://[2001:db8::1]:8443"));
  EXPECT_EQ(security_headers(true).size(), security_headers(false).size() + 1);
}

TEST(BoundUrl, NamesTheBoundPortWhenAnyWasAskedFor) {
  EXPECT_EQ(bound_url({.port = 8443, .public_url = "https://a"}, 8443), "https://a");
  EXPECT_EQ(bound_url({.port = 0, .public_url = "https://a"}, 5), "https://a:5");
  EXPECT_EQ(bound_url({.port = 0, .public_url = "https://a:1"}, 5), "https://a:5");
  EXPECT_EQ(bound_url({.port = 0, .public_url = "https://[::1]:1"}, 5), "https://[::1]:5");
  EXPECT_EQ(bound_url({.port = 0, .public_url = "https://[::1]"}, 5), "https://[::1]:5");
}

}  // namespace
}  // namespace parley::signaling
