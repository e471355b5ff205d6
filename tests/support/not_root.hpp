#pragma once

#include <unistd.h>

namespace zeromiss::test {

/// While it lives, root is another user: root may read whatever the permissions say.
class NotRoot {
 public:
  NotRoot() {
    if (was_root_ && ::seteuid(kNobody) != 0) was_root_ = false;
  }
  ~NotRoot() {
    if (was_root_ && ::seteuid(0) != 0) ::_exit(1);
  }
  NotRoot(const NotRoot&) = delete;
  NotRoot& operator=(const NotRoot&) = delete;

 private:
  static constexpr uid_t kNobody = 65534;
  bool was_root_ = ::geteuid() == 0;
};

}  // namespace zeromiss::test
