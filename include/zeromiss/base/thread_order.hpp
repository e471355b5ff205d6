#pragma once
// Orders between threads that oneTBB keeps, told to ThreadSanitizer: the library of the
// distribution is not instrumented, so it cannot see them. Nothing in other builds.
//
// Only at the places where oneTBB's documentation promises an order: from before a parallel
// algorithm to its bodies, from its bodies to its end, and between the calls of a serial filter.
// Everything else stays a race that is reported (tests/unit/tools/planted_race.cpp).

#if defined(__SANITIZE_THREAD__)
#define ZEROMISS_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define ZEROMISS_TSAN 1
#endif
#endif

#ifdef ZEROMISS_TSAN
#include <sanitizer/tsan_interface.h>
#endif

namespace zeromiss {

/// What this thread did until now happens before every later take_over() of the same address.
inline void hand_over([[maybe_unused]] void* what) {
#ifdef ZEROMISS_TSAN
  __tsan_release(what);
#endif
}
inline void take_over([[maybe_unused]] void* what) {
#ifdef ZEROMISS_TSAN
  __tsan_acquire(what);
#endif
}

// The two ends of a parallel algorithm. Their addresses are those of the program, not of the call:
// a body must not read what oneTBB copied for it (its captures) before take_over().
inline char parallel_begin = 0, parallel_end = 0;

/// Around the algorithm, behind everything that its bodies are made of; also where one of them
/// throws.
class ParallelCall {
 public:
  ParallelCall() { hand_over(&parallel_begin); }
  ~ParallelCall() { take_over(&parallel_end); }
  ParallelCall(const ParallelCall&) = delete;
  ParallelCall& operator=(const ParallelCall&) = delete;
};
/// First in every body; until its end.
class ParallelBody {
 public:
  ParallelBody() { take_over(&parallel_begin); }
  ~ParallelBody() { hand_over(&parallel_end); }
  ParallelBody(const ParallelBody&) = delete;
  ParallelBody& operator=(const ParallelBody&) = delete;
};

/// One call of a serial filter: behind the one before it, before the next one.
class SerialTurn {
 public:
  explicit SerialTurn(void* filter) : filter_(filter) { take_over(filter_); }
  ~SerialTurn() { hand_over(filter_); }
  SerialTurn(const SerialTurn&) = delete;
  SerialTurn& operator=(const SerialTurn&) = delete;

 private:
  void* filter_;
};

}  // namespace zeromiss
