#pragma once

#include <pthread.h>

#include <memory>
#include <new>

namespace zeromiss {

/// One T for each thread, made at its first use and destroyed with the thread (that of main() stays
/// to the end of the process). In place of thread_local, for which glibc ends the process when it
/// has no memory to note the destructor; here that is std::bad_alloc.
template <class T>
T& per_thread() {
  struct Key {
    pthread_key_t key{};
    Key() {
      if (::pthread_key_create(&key, [](void* value) { delete static_cast<T*>(value); }) != 0)
        throw std::bad_alloc();
    }
  };
  static const Key own;
  if (void* const found = ::pthread_getspecific(own.key)) return *static_cast<T*>(found);
  auto made = std::make_unique<T>();
  if (::pthread_setspecific(own.key, made.get()) != 0) throw std::bad_alloc();
  return *made.release();
}

}  // namespace zeromiss
