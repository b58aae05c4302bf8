#include "sfu/floor/mutation.hpp"

namespace parley::sfu {

int floor_mutation = 0;

}  // namespace parley::sfu
