// Every target there is.
#include "client/load/janus_target.hpp"
#include "client/load/limit_target.hpp"
#include "client/load/mumble_target.hpp"
#include "client/load/parley_target.hpp"
#include "client/load/target.hpp"

namespace parley::client {

Result<std::unique_ptr<Target>> make_target(const std::string& name,
                                            const TargetSettings& settings) {
  if (name == "parley") return ParleyTarget::create(settings);
  if (name == "limit") return LimitTarget::create(settings);
  if (name == "janus") return JanusTarget::create(settings);
  if (name == "mumble") return MumbleTarget::create(settings);
  if (name == "janus") return JanusTarget::create(settings);
  if (name == "mumble") return MumbleTarget::create(settings);
  return fail(ErrorCode::invalid_argument, "there is no target '" + name + "'");
}

}  // namespace parley::client
