// How Parley owns libuv handles. libuv wants a handle's memory until its close callback ran, so a
// handle lives on the heap and its deleter closes it; the memory is freed in a later loop turn.
#pragma once

#include <uv.h>

#include <memory>

namespace parley::net {

template <class Handle>
struct CloseHandle {
  void operator()(Handle* handle) const {
    handle->data = nullptr;  // callbacks that are still under way see that their owner is gone
    uv_close(reinterpret_cast<uv_handle_t*>(handle),
             [](uv_handle_t* closed) { delete reinterpret_cast<Handle*>(closed); });
  }
};

// An initialised handle. Must be destroyed in its loop's thread, before the loop.
template <class Handle>
using HandlePtr = std::unique_ptr<Handle, CloseHandle<Handle>>;

}  // namespace parley::net
