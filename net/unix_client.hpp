// The other end of a UnixListener, for a program without a loop: asks, waits, reads the answer.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "net/descriptor.hpp"

namespace parley::net {

class UnixClient {
 public:
  // `timeout` is for each wait of any call. Errors: unavailable (nobody listens there);
  // invalid_argument (the path is too long); io (may not be opened).
  static Result<UnixClient> connect(const std::filesystem::path& file,
                                    std::chrono::seconds timeout);

  // Sends one message and waits for one. unavailable: the service has gone or is silent;
  // resource_exhausted: the answer is longer than `max_answer_bytes`.
  Result<std::vector<std::uint8_t>> exchange(Bytes message, std::size_t max_answer_bytes);

 private:
  UnixClient(std::filesystem::path file, std::unique_ptr<Descriptor> socket);
  Result<void> read(MutableBytes into);

  std::filesystem::path file_;
  std::unique_ptr<Descriptor> socket_;
};

}  // namespace parley::net
