// How many sockets and files the process may have open.
#pragma once

namespace parley::net {

// Raises the soft limit to the hard one: every ICE-TCP or WebSocket client costs a descriptor, and
// the usual soft limit of 1,024 is far below what a service is configured for. For main().
void raise_descriptor_limit();

}  // namespace parley::net
