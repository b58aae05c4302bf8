#include "service/metrics.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>

namespace parley::service {
namespace {

const Endpoint kAnyPort{.address = config::kLoopbackV4, .port = 0};

std::string scrape(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) {
    const std::string request = "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    EXPECT_EQ(::send(fd, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
    std::array<char, 4096> buffer{};
    ssize_t n = 0;
    while ((n = ::recv(fd, buffer.data(), buffer.size(), 0)) > 0) {
      answer.append(buffer.data(), static_cast<std::size_t>(n));
    }
  }
  ::close(fd);
  return answer;
}

TEST(Metrics, ServesTheNewestSnapshot) {
  auto exporter = MetricsExporter::start_on(kAnyPort);
  ASSERT_TRUE(exporter.has_value()) << exporter.error().message;
  exporter->publish({{.name = "parley_old", .help = "h", .value = 1}});
  exporter->publish({
      {.name = "parley_drops_total",
       .help = "Drops.",
       .label = "drop",
       .label_value = "a",
       .value = 2},
      {.name = "parley_drops_total",
       .help = "Drops.",
       .label = "drop",
       .label_value = "b",
       .value = 3},
      {.name = "parley_peers", .help = "Peers.", .kind = MetricKind::gauge, .value = 4},
  });
  const std::string answer = scrape(exporter->port());
  EXPECT_NE(answer.find("# TYPE parley_drops_total counter"), std::string::npos) << answer;
  EXPECT_NE(answer.find("parley_drops_total{drop=\"a\"} 2"), std::string::npos) << answer;
  EXPECT_NE(answer.find("parley_drops_total{drop=\"b\"} 3"), std::string::npos) << answer;
  EXPECT_NE(answer.find("\nparley_peers 4"), std::string::npos) << answer;
  EXPECT_EQ(answer.find("parley_old"), std::string::npos) << answer;
}

TEST(Metrics, SaysWhichPortIsBusy) {
  auto first = MetricsExporter::start_on(kAnyPort);
  ASSERT_TRUE(first.has_value());
  const auto second =
      MetricsExporter::start({.listen = config::kLoopbackV4, .port = first->port()});
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::unavailable);
  EXPECT_NE(second.error().message.find(std::to_string(first->port())), std::string::npos);
}

TEST(Metrics, AreOffByDefault) {
  auto exporter = MetricsExporter::start({});
  ASSERT_TRUE(exporter.has_value());
  EXPECT_FALSE(exporter->is_on());
  EXPECT_EQ(exporter->port(), 0);
  exporter->publish({{.name = "parley_x", .help = "h", .value = 1}});
}

}  // namespace
}  // namespace parley::service
