// The audit trail for administrators. Its rows are in the store, so the caller reads them: is it a
// request about events, then event_range(), the store, events_answer().
#pragma once

#include <vector>

#include "base/result.hpp"
#include "protocol/admin.pb.h"
#include "signaling/directory/directory.hpp"
#include "signaling/store/engine.hpp"
#include "signaling/store/rows.hpp"

namespace parley::signaling {

[[nodiscard]] admin::Answer refused(const Error& error);

[[nodiscard]] bool is_about_events(const admin::Request& request);
// One row before the page, for its hash, and one after it, which tells that there are more.
[[nodiscard]] EventRange event_range(const admin::Request& request);
// `names`: where the names of today come from; nullptr: none.
[[nodiscard]] admin::Answer events_answer(const admin::Request& request,
                                          const std::vector<Row>& rows,
                                          const Directory* names = nullptr);

}  // namespace parley::signaling
