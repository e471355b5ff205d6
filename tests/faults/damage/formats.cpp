#include "formats.hpp"

#include <zeromiss/image/encode.hpp>

#include <gif_lib.h>
#include <tiffio.h>
#include <turbojpeg.h>
#include <webp/encode.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>

namespace zeromiss::test {
namespace {

void check(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string("cannot encode: ") + what);
}

void put(Bytes& bytes, std::size_t at, std::uint32_t value, std::size_t count, bool big_endian) {
  for (std::size_t i = 0; i < count; ++i)
    bytes.at(at + i) = static_cast<std::uint8_t>(value >> (8 * (big_endian ? count - 1 - i : i)));
}
void add(Bytes& bytes, std::uint32_t value, std::size_t count) {
  bytes.resize(bytes.size() + count);
  put(bytes, bytes.size() - count, value, count, false);
}
void add(Bytes& bytes, const std::string& text) {
  bytes.insert(bytes.end(), text.begin(), text.end());
}
Bytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

cv::Mat gray_of(const cv::Mat& rgb) {
  cv::Mat gray(rgb.rows, rgb.cols, CV_8UC1);
  for (int y = 0; y < rgb.rows; ++y)
    for (int x = 0; x < rgb.cols; ++x) gray.at<std::uint8_t>(y, x) = rgb.at<cv::Vec3b>(y, x)[1];
  return gray;
}

Bytes jpeg(const cv::Mat& rgb, int flags) {
  const std::unique_ptr<void, int (*)(void*)> handle(tjInitCompress(), tjDestroy);
  unsigned char* out = nullptr;
  unsigned long size = 0;
  constexpr int kQuality = 92;
  check(tjCompress2(handle.get(), rgb.data, rgb.cols, static_cast<int>(rgb.step[0]), rgb.rows,
                    TJPF_RGB, &out, &size, TJSAMP_444, kQuality, flags) == 0,
        "JPEG");
  Bytes bytes(out, out + size);
  tjFree(out);
  return bytes;
}
Bytes baseline_jpeg(const cv::Mat& rgb) { return jpeg(rgb, 0); }
Bytes progressive_jpeg(const cv::Mat& rgb) { return jpeg(rgb, TJFLAG_PROGRESSIVE); }
Bytes rgb_png(const cv::Mat& rgb) { return bytes_of(encode_png(rgb)); }
Bytes gray_png(const cv::Mat& rgb) { return bytes_of(encode_png(gray_of(rgb))); }

/// 24 bits, bottom row first, rows filled up to four bytes.
Bytes bmp(const cv::Mat& rgb) {
  const auto width = static_cast<std::uint32_t>(rgb.cols),
             height = static_cast<std::uint32_t>(rgb.rows);
  const std::uint32_t row = (width * 3 + 3) / 4 * 4;
  Bytes bytes;
  add(bytes, "BM");
  for (const std::uint32_t value : {54 + row * height, 0U, 54U, 40U, width, height})
    add(bytes, value, 4);
  add(bytes, 1, 2);
  add(bytes, 24, 2);
  for (const std::uint32_t value : {0U, row * height, 0U, 0U, 0U, 0U}) add(bytes, value, 4);
  for (int y = rgb.rows - 1; y >= 0; --y) {
    for (int x = 0; x < rgb.cols; ++x) {
      const auto& pixel = rgb.at<cv::Vec3b>(y, x);
      bytes.insert(bytes.end(), {pixel[2], pixel[1], pixel[0]});
    }
    bytes.resize(bytes.size() + row - width * 3);
  }
  return bytes;
}

Bytes binary_pnm(const cv::Mat& pixels, const char* magic) {
  Bytes bytes = bytes_of(std::string(magic) + "\n" + std::to_string(pixels.cols) + " " +
                         std::to_string(pixels.rows) + "\n255\n");
  bytes.insert(bytes.end(), pixels.data, pixels.data + pixels.total() * pixels.elemSize());
  return bytes;
}
Bytes ppm(const cv::Mat& rgb) { return binary_pnm(rgb, "P6"); }
Bytes pgm(const cv::Mat& rgb) { return binary_pnm(gray_of(rgb), "P5"); }
Bytes plain_pgm(const cv::Mat& rgb) {
  const cv::Mat gray = gray_of(rgb);
  std::string text =
      "P2\n" + std::to_string(gray.cols) + " " + std::to_string(gray.rows) + "\n255\n";
  for (std::size_t i = 0; i < gray.total(); ++i)
    text += std::to_string(gray.data[i]) + (i % 16 == 15 ? "\n" : " ");
  return bytes_of(text + "\n");
}

struct Memory {
  Bytes bytes;
  std::size_t at = 0;
};
tmsize_t on_read(thandle_t handle, void* out, tmsize_t count) {
  auto& memory = *static_cast<Memory*>(handle);
  const std::size_t given =
      std::min(static_cast<std::size_t>(count),
               memory.bytes.size() - std::min(memory.at, memory.bytes.size()));
  std::copy_n(memory.bytes.begin() + static_cast<std::ptrdiff_t>(memory.at), given,
              static_cast<std::uint8_t*>(out));
  memory.at += given;
  return static_cast<tmsize_t>(given);
}
tmsize_t on_write(thandle_t handle, void* data, tmsize_t count) {
  auto& memory = *static_cast<Memory*>(handle);
  const auto size = static_cast<std::size_t>(count);
  memory.bytes.resize(std::max(memory.bytes.size(), memory.at + size));
  std::copy_n(static_cast<const std::uint8_t*>(data), size,
              memory.bytes.begin() + static_cast<std::ptrdiff_t>(memory.at));
  memory.at += size;
  return count;
}
toff_t on_seek(thandle_t handle, toff_t offset, int whence) {
  auto& memory = *static_cast<Memory*>(handle);
  memory.at = static_cast<std::size_t>(offset) + (whence == SEEK_CUR   ? memory.at
                                                  : whence == SEEK_END ? memory.bytes.size()
                                                                       : 0);
  return memory.at;
}
int on_close(thandle_t /*handle*/) { return 0; }
toff_t on_size(thandle_t handle) { return static_cast<Memory*>(handle)->bytes.size(); }

Bytes tiff(const cv::Mat& rgb, std::uint16_t compression) {
  Memory memory;
  const std::unique_ptr<TIFF, void (*)(TIFF*)> file(
      TIFFClientOpen("memory", "wm", &memory, on_read, on_write, on_seek, on_close, on_size,
                     nullptr, nullptr),
      TIFFClose);
  check(file != nullptr, "TIFF");
  constexpr std::uint32_t kRows = 16;
  TIFFSetField(file.get(), TIFFTAG_IMAGEWIDTH, static_cast<std::uint32_t>(rgb.cols));
  TIFFSetField(file.get(), TIFFTAG_IMAGELENGTH, static_cast<std::uint32_t>(rgb.rows));
  TIFFSetField(file.get(), TIFFTAG_BITSPERSAMPLE, 8);
  TIFFSetField(file.get(), TIFFTAG_SAMPLESPERPIXEL, 3);
  TIFFSetField(file.get(), TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_RGB);
  TIFFSetField(file.get(), TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  TIFFSetField(file.get(), TIFFTAG_COMPRESSION, compression);
  TIFFSetField(file.get(), TIFFTAG_ROWSPERSTRIP, kRows);
  for (int y = 0; y < rgb.rows; ++y) {
    std::vector<std::uint8_t> row(rgb.ptr(y),
                                  rgb.ptr(y) + rgb.cols * 3);  // libtiff may write into it
    check(TIFFWriteScanline(file.get(), row.data(), static_cast<std::uint32_t>(y), 0) == 1, "TIFF");
  }
  check(TIFFFlush(file.get()) == 1, "TIFF");
  return memory.bytes;
}
Bytes plain_tiff(const cv::Mat& rgb) { return tiff(rgb, COMPRESSION_NONE); }
Bytes lzw_tiff(const cv::Mat& rgb) { return tiff(rgb, COMPRESSION_LZW); }
Bytes deflate_tiff(const cv::Mat& rgb) { return tiff(rgb, COMPRESSION_ADOBE_DEFLATE); }
Bytes packbits_tiff(const cv::Mat& rgb) { return tiff(rgb, COMPRESSION_PACKBITS); }

Bytes webp_bytes(std::uint8_t* out, std::size_t size) {
  check(size > 0, "WebP");
  Bytes bytes(out, out + size);
  WebPFree(out);
  return bytes;
}
Bytes lossy_webp(const cv::Mat& rgb) {
  std::uint8_t* out = nullptr;
  const std::size_t size =
      WebPEncodeRGB(rgb.data, rgb.cols, rgb.rows, static_cast<int>(rgb.step[0]), 90, &out);
  return webp_bytes(out, size);
}
Bytes lossless_webp(const cv::Mat& rgb) {
  std::uint8_t* out = nullptr;
  const std::size_t size =
      WebPEncodeLosslessRGB(rgb.data, rgb.cols, rgb.rows, static_cast<int>(rgb.step[0]), &out);
  return webp_bytes(out, size);
}

int on_gif(GifFileType* file, const GifByteType* data, int count) {
  auto& bytes = *static_cast<Bytes*>(file->UserData);
  bytes.insert(bytes.end(), data, data + count);
  return count;
}
/// Gray levels as a palette of 256.
Bytes gif(const cv::Mat& rgb) {
  const cv::Mat gray = gray_of(rgb);
  Bytes bytes;
  int problem = 0;
  GifFileType* file = EGifOpen(&bytes, on_gif, &problem);
  check(file != nullptr, "GIF");
  std::array<GifColorType, 256> colors{};
  for (std::size_t i = 0; i < colors.size(); ++i) {
    const auto level = static_cast<GifByteType>(i);
    colors[i] = {level, level, level};
  }
  const std::unique_ptr<ColorMapObject, void (*)(ColorMapObject*)> map(
      GifMakeMapObject(256, colors.data()), GifFreeMapObject);
  bool good = EGifPutScreenDesc(file, gray.cols, gray.rows, 8, 0, map.get()) == GIF_OK &&
              EGifPutImageDesc(file, 0, 0, gray.cols, gray.rows, false, nullptr) == GIF_OK;
  for (int y = 0; good && y < gray.rows; ++y) {
    std::vector<std::uint8_t> row(gray.ptr(y), gray.ptr(y) + gray.cols);
    good = EGifPutLine(file, row.data(), gray.cols) == GIF_OK;
  }
  good = EGifCloseFile(file, &problem) == GIF_OK && good;
  check(good, "GIF");
  return bytes;
}

void claim_png(Bytes& bytes, std::uint32_t side) {
  put(bytes, 16, side, 4, true);
  put(bytes, 20, side, 4, true);
}
void claim_bmp(Bytes& bytes, std::uint32_t side) {
  put(bytes, 18, side, 4, false);
  put(bytes, 22, side, 4, false);
}
void claim_gif(Bytes& bytes, std::uint32_t side) {
  put(bytes, 6, side, 2, false);
  put(bytes, 8, side, 2, false);
}
void claim_jpeg(Bytes& bytes, std::uint32_t side) {
  for (std::size_t i = 0; i + 9 < bytes.size(); ++i) {
    if (bytes[i] != 0xFF || (bytes[i + 1] != 0xC0 && bytes[i + 1] != 0xC2)) continue;
    put(bytes, i + 5, side, 2, true);
    put(bytes, i + 7, side, 2, true);
    return;
  }
}
void claim_pnm(Bytes& bytes, std::uint32_t side) {
  const auto end = std::find(std::next(bytes.begin(), 3), bytes.end(), std::uint8_t{'\n'});
  const std::string size = std::to_string(side) + " " + std::to_string(side);
  Bytes changed(bytes.begin(), std::next(bytes.begin(), 3));
  add(changed, size);
  changed.insert(changed.end(), end, bytes.end());
  bytes = changed;
}
/// Tags 256 and 257 of a little-endian classic TIFF.
void claim_tiff(Bytes& bytes, std::uint32_t side) {
  const auto word = [&](std::size_t at, std::size_t count) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < count; ++i) value |= std::uint32_t{bytes.at(at + i)} << (8 * i);
    return value;
  };
  const std::size_t directory = word(4, 4);
  for (std::size_t i = 0; i < word(directory, 2); ++i) {
    const std::size_t entry = directory + 2 + 12 * i;
    const std::uint32_t tag = word(entry, 2);
    if (tag != TIFFTAG_IMAGEWIDTH && tag != TIFFTAG_IMAGELENGTH) continue;
    put(bytes, entry + 2, TIFF_LONG, 2, false);
    put(bytes, entry + 8, side, 4, false);
  }
}

constexpr std::array kFormats = {
    Format{"jpeg", "jpg", baseline_jpeg, claim_jpeg},
    Format{"jpeg-progressive", "jpg", progressive_jpeg, claim_jpeg},
    Format{"png-rgb", "png", rgb_png, claim_png},
    Format{"png-gray", "png", gray_png, claim_png},
    Format{"bmp", "bmp", bmp, claim_bmp},
    Format{"tiff", "tif", plain_tiff, claim_tiff},
    Format{"tiff-lzw", "tif", lzw_tiff, claim_tiff},
    Format{"tiff-deflate", "tif", deflate_tiff, claim_tiff},
    Format{"tiff-packbits", "tif", packbits_tiff, claim_tiff},
    Format{"webp-lossy", "webp", lossy_webp, nullptr},
    Format{"webp-lossless", "webp", lossless_webp, nullptr},
    Format{"gif", "gif", gif, claim_gif},
    Format{"pgm", "pgm", pgm, claim_pnm},
    Format{"ppm", "ppm", ppm, claim_pnm},
    Format{"pgm-plain", "pgm", plain_pgm, claim_pnm},
};

}  // namespace

std::span<const Format> formats() { return kFormats; }

}  // namespace zeromiss::test
