#include <zeromiss/base/version.hpp>

namespace zeromiss {

const char* const kVersion = ZEROMISS_VERSION;

}  // namespace zeromiss
