// Looks into what a client core asked for.
#pragma once

#include <variant>
#include <vector>

#include "client/core/client_core.hpp"

namespace parley::test {

template <class Event>
std::vector<Event> events_of(const client::ClientOutbox& out) {
  std::vector<Event> found;
  for (const client::ClientEvent& event : out.events) {
    if (const auto* match = std::get_if<Event>(&event)) found.push_back(*match);
  }
  return found;
}

inline void clear(client::ClientOutbox& out) {
  out.packets.clear();
  out.frames.clear();
  out.connect_tcp.clear();
  out.close_tcp.clear();
  out.events.clear();
  out.reconnect_signaling = false;
}

}  // namespace parley::test
