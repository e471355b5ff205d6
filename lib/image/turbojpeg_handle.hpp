#pragma once

#include <zeromiss/base/per_thread.hpp>

#include <turbojpeg.h>

#include <new>

namespace zeromiss {

/// TurboJPEG's own object of one kind.
template <tjhandle (*make)()>
struct TurboJpeg {
  tjhandle handle = make();
  TurboJpeg() {
    if (handle == nullptr) throw std::bad_alloc();
  }
  ~TurboJpeg() { tjDestroy(handle); }
  TurboJpeg(const TurboJpeg&) = delete;
  TurboJpeg& operator=(const TurboJpeg&) = delete;
};

/// This thread's: making one costs more than decoding a small picture.
/// @param make  tjInitDecompress or tjInitCompress
template <tjhandle (*make)()>
tjhandle turbojpeg() {
  return per_thread<TurboJpeg<make>>().handle;
}

}  // namespace zeromiss
