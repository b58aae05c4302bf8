// The ICE-lite agent of one peer (RFC 8445 2.5, 7.3): answers checks, keeps the proven paths, selects
// the nominated one. A later change of path also needs an answered challenge (security.md S2).
#pragma once

#include <string>

namespace parley::sfu {

struct IceCredentials {
  std::string ufrag;
  std::string pwd;
};

}  // namespace parley::sfu
