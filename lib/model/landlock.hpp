#pragma once

namespace zeromiss {

/// From now on this process reads below the system's folders and those of its loaded libraries
/// only, and writes, makes and removes nothing anywhere. Linux 5.13 and newer.
/// @return 0, or the error number
int enter_landlock();

}  // namespace zeromiss
