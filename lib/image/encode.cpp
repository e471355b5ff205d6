#include "turbojpeg_handle.hpp"

#include <zeromiss/image/encode.hpp>

#include <png.h>

#include <csetjmp>
#include <memory>
#include <stdexcept>

namespace zeromiss {

namespace {

void check_pixels(const cv::Mat& pixels) {
  if (!pixels.empty() && (pixels.type() == CV_8UC1 || pixels.type() == CV_8UC3)) return;
  throw std::invalid_argument("only 8-bit gray or RGB pictures can be encoded");
}

struct Free {
  void operator()(unsigned char* buffer) const { tjFree(buffer); }
};

[[noreturn]] void on_error(png_structp png, png_const_charp /*message*/) { png_longjmp(png, 1); }
void on_warning(png_structp /*png*/, png_const_charp /*message*/) {}

/// An exception may not pass through libpng, and a longjmp not leave a handler: hence the flag.
void on_write(png_structp png, png_bytep bytes, std::size_t count) {
  bool written = true;
  try {
    static_cast<std::string*>(png_get_io_ptr(png))
        ->append(reinterpret_cast<const char*>(bytes), count);
  } catch (const std::exception&) {
    written = false;
  }
  if (!written) png_error(png, "out of memory");
}
void on_flush(png_structp /*png*/) {}

struct Writer {
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, on_error, on_warning);
  png_infop info = png != nullptr ? png_create_info_struct(png) : nullptr;

  Writer() {
    if (info == nullptr) throw std::bad_alloc();
  }
  ~Writer() { png_destroy_write_struct(&png, &info); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
};

/// Owns nothing: libpng leaves it by longjmp.
bool write(Writer& writer, const cv::Mat& pixels, std::string& out) {
  if (setjmp(png_jmpbuf(writer.png)) != 0) return false;
  png_set_write_fn(writer.png, &out, on_write, on_flush);
  png_set_IHDR(writer.png, writer.info, static_cast<png_uint_32>(pixels.cols),
               static_cast<png_uint_32>(pixels.rows), 8,
               pixels.channels() == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB,
               PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(writer.png, writer.info);
  for (int y = 0; y < pixels.rows; ++y) png_write_row(writer.png, pixels.ptr(y));
  png_write_end(writer.png, nullptr);
  return true;
}

}  // namespace

std::string encode_jpeg(const cv::Mat& pixels, int quality) {
  check_pixels(pixels);
  if (quality < 1 || quality > 100) throw std::invalid_argument("JPEG quality is 1 to 100");
  const bool gray = pixels.channels() == 1;
  const int sampling = gray ? TJSAMP_GRAY : quality >= 90 ? TJSAMP_444 : TJSAMP_420;
  unsigned char* buffer = nullptr;
  unsigned long size = 0;
  tjhandle handle = turbojpeg<tjInitCompress>();
  const int status =
      tjCompress2(handle, pixels.data, pixels.cols, static_cast<int>(pixels.step[0]), pixels.rows,
                  gray ? TJPF_GRAY : TJPF_RGB, &buffer, &size, sampling, quality, 0);
  const std::unique_ptr<unsigned char, Free> owner(buffer);
  if (status != 0) throw std::invalid_argument(tjGetErrorStr2(handle));
  return {reinterpret_cast<const char*>(buffer), size};
}

std::string encode_png(const cv::Mat& pixels) {
  check_pixels(pixels);
  Writer writer;
  std::string out;
  if (!write(writer, pixels, out)) throw std::runtime_error("libpng cannot write the picture");
  return out;
}

}  // namespace zeromiss
