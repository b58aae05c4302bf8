#include "sfu/core/peer_table.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace parley::sfu {

Peer* PeerTable::find(PeerId id) const {
  const auto found = peers_.find(id);
  return found == peers_.end() ? nullptr : found->second.get();
}

Peer* PeerTable::find(const Path& path) const {
  const auto found = by_path_.find(path);
  return found == by_path_.end() ? nullptr : found->second;
}

Peer* PeerTable::find_by_ufrag(std::string_view ufrag) const {
  const auto found = by_ufrag_.find(ufrag);
  return found == by_ufrag_.end() ? nullptr : found->second;
}

std::vector<PeerId> PeerTable::ids() const {
  std::vector<PeerId> ids;
  ids.reserve(peers_.size());
  for (const auto& [id, peer] : peers_) ids.push_back(id);
  std::ranges::sort(ids);  // the order of a hash table is not to be seen outside
  return ids;
}

Peer& PeerTable::insert(std::unique_ptr<Peer> peer) {
  Peer& inserted = *peer;
  PARLEY_CHECK(by_ufrag_.emplace(inserted.ufrag, &inserted).second);
  PARLEY_CHECK(peers_.emplace(inserted.id, std::move(peer)).second);
  return inserted;
}

void PeerTable::erase(const Peer& peer) {
  for (const Path& path : std::vector<Path>(peer.paths)) forget(path);
  by_ufrag_.erase(peer.ufrag);
  peers_.erase(PeerId{peer.id});
}

void PeerTable::route(const Path& path, Peer& peer) {
  const auto [entry, is_new] = by_path_.emplace(path, &peer);
  PARLEY_CHECK(entry->second == &peer);
  if (!is_new) return;
  peer.paths.push_back(path);
  if (path.is_tcp()) connections_.insert_or_assign(path.connection, path);
}

void PeerTable::forget(const Path& path) {
  const auto found = by_path_.find(path);
  if (found == by_path_.end()) return;
  std::erase(found->second->paths, path);
  by_path_.erase(found);
  if (path.is_tcp()) connections_.erase(path.connection);
}

std::optional<Path> PeerTable::find_connection(std::uint32_t connection) const {
  const auto found = connections_.find(connection);
  if (found == connections_.end()) return std::nullopt;
  return found->second;
}

}  // namespace parley::sfu
