#include "sfu/node/settings.hpp"

#include <gtest/gtest.h>

namespace parley::sfu {
namespace {

TEST(WorkerSettings, GiveEachWorkerItsOwnPort) {
  const config::MediaConfig media{.base_port = 7500, .workers = 3};
  EXPECT_EQ(worker_settings(media, WorkerIndex{0}).port, 7500);
  EXPECT_EQ(worker_settings(media, WorkerIndex{2}).port, 7502);
}

TEST(WorkerSettings, LeaveEveryPortToTheKernelWhenTheBaseIsZero) {
  const config::MediaConfig media{.base_port = 0, .workers = 3};
  EXPECT_EQ(worker_settings(media, WorkerIndex{2}).port, 0);
}

TEST(WorkerSettings, ShareTheHandshakesOfTheNode) {
  config::MediaConfig media{.workers = 4};
  EXPECT_EQ(worker_settings(media, WorkerIndex{0}).core.max_half_open, 64U);
  media.workers = 256;
  EXPECT_EQ(worker_settings(media, WorkerIndex{0}).core.max_half_open, 1U);
}

TEST(WorkerSettings, CarryTheConfiguration) {
  const config::MediaConfig media{.tcp = false,
                                  .slots = 7,
                                  .max_peers = 11,
                                  .max_room_peers = 12,
                                  .srtp_profiles = {config::SrtpProfileName::aes128_cm_sha1_80,
                                                    config::SrtpProfileName::aead_aes_256_gcm,
                                                    config::SrtpProfileName::aead_aes_128_gcm},
                                  .consent_timeout = std::chrono::milliseconds(2500),
                                  .rtcp_interval = std::chrono::milliseconds(500)};
  const WorkerSettings settings = worker_settings(media, WorkerIndex{0});
  EXPECT_FALSE(settings.with_tcp);
  EXPECT_EQ(settings.core.slots, 7);
  EXPECT_EQ(settings.core.max_peers, 11U);
  EXPECT_EQ(settings.core.max_room_peers, 12U);
  EXPECT_EQ(settings.core.consent_timeout, std::chrono::milliseconds(2500));
  EXPECT_EQ(settings.core.rtcp_interval, std::chrono::milliseconds(500));
  EXPECT_EQ(settings.profiles,
            (std::vector{SrtpProfile::aes128_cm_sha1_80, SrtpProfile::aead_aes_256_gcm,
                         SrtpProfile::aead_aes_128_gcm}));
}

}  // namespace
}  // namespace parley::sfu
