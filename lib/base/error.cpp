#include <zeromiss/base/error.hpp>

namespace zeromiss {

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
      return 2;
    case ErrorKind::input:
      return 3;
    case ErrorKind::output:
      return 5;
    case ErrorKind::device:
      return 6;
    case ErrorKind::refused:
      return 7;
    case ErrorKind::evidence:
      return 8;
  }
  return kExitBug;
}

}  // namespace zeromiss
