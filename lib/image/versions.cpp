#include <zeromiss/image/versions.hpp>

#include <fmt/format.h>
#include <gif_lib.h>
#include <jconfig.h>
#include <opencv2/core/utility.hpp>
#include <opencv2/core/version.hpp>
#include <png.h>
#include <tiffio.h>
#include <webp/decode.h>

#define ZEROMISS_TEXT_OF(value) #value
#define ZEROMISS_TEXT(value) ZEROMISS_TEXT_OF(value)

namespace zeromiss {
namespace {

/// "LIBTIFF, Version 4.5.0\nCopyright …" -> "4.5.0"
std::string tiff_version() {
  const std::string text = TIFFGetVersion();
  const std::string first = text.substr(0, text.find('\n'));
  const auto space = first.rfind(' ');
  return space == std::string::npos ? first : first.substr(space + 1);
}

std::string webp_version() {
  const auto packed = static_cast<unsigned>(WebPGetDecoderVersion());
  return fmt::format("{}.{}.{}", packed >> 16U, (packed >> 8U) & 255U, packed & 255U);
}

}  // namespace

std::vector<std::pair<std::string, std::string>> image_library_versions() {
  return {{"opencv", CV_VERSION},
          {"libjpeg-turbo", ZEROMISS_TEXT(LIBJPEG_TURBO_VERSION)},
          {"libpng", png_get_libpng_ver(nullptr)},
          {"libtiff", tiff_version()},
          {"libwebp", webp_version()},
          {"giflib", fmt::format("{}.{}.{}", GIFLIB_MAJOR, GIFLIB_MINOR, GIFLIB_RELEASE)}};
}

}  // namespace zeromiss
