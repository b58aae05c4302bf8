// The peers of one worker and the three ways to find one: by id, by proven path, by ufrag.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/random.hpp"
#include "sfu/core/peer.hpp"
#include "sfu/core/ufrag_hash.hpp"

namespace parley::sfu {

class PeerTable {
 public:
  explicit PeerTable(RandomSource& random) : by_ufrag_(0, UfragHash(random)) {}

  [[nodiscard]] Peer* find(PeerId id) const;
  [[nodiscard]] Peer* find(const Path& path) const;
  [[nodiscard]] Peer* find_by_ufrag(std::string_view ufrag) const;
  [[nodiscard]] std::size_t size() const { return peers_.size(); }
  [[nodiscard]] std::vector<PeerId> ids() const;

  Peer& insert(std::unique_ptr<Peer> peer);
  void erase(const Peer& peer);  // with its paths and its ufrag

  // Routes `path` to `peer`. The path belongs to nobody, or to `peer` already.
  void route(const Path& path, Peer& peer);
  void forget(const Path& path);
  // The path of an ICE-TCP connection, when it is routed.
  [[nodiscard]] std::optional<Path> find_connection(std::uint32_t connection) const;

 private:
  std::unordered_map<PeerId, std::unique_ptr<Peer>> peers_;
  std::unordered_map<Path, Peer*> by_path_;
  std::unordered_map<std::string, Peer*, UfragHash, std::equal_to<>> by_ufrag_;
  std::unordered_map<std::uint32_t, Path> connections_;
};

}  // namespace parley::sfu
