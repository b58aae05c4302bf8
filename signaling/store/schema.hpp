// The tables and how older files become newer ones.
#pragma once

#include <sqlite3.h>

#include "base/result.hpp"

namespace parley::signaling {

// Brings the file up to date, in one transaction. failed_precondition: a newer version
// wrote it; io: SQLite refused.
[[nodiscard]] Result<void> migrate(sqlite3* database);

}  // namespace parley::signaling
