// How a file becomes one of this version.
#pragma once

#include "base/result.hpp"

struct sqlite3;

namespace parley::signaling::sqlite {

// In one transaction. failed_precondition: a newer version wrote it, or another process owns it;
// io.
[[nodiscard]] Result<void> migrate(sqlite3* database);

}  // namespace parley::signaling::sqlite
