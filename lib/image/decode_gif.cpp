#include "codec.hpp"

#include <fmt/format.h>
#include <gif_lib.h>

#include <cstring>
#include <memory>
#include <vector>

namespace zeromiss::codec {

namespace {

constexpr int kOpaque = -1;

struct Survey {
  unsigned width = 0, height = 0;  ///< of the screen
  unsigned frames = 0;
  std::uint64_t data_bytes = 0;  ///< of the first frame
  int transparent = kOpaque;     ///< palette index, first frame
  std::size_t end = 0;           ///< behind the trailer
};

std::size_t palette_bytes(std::uint8_t flags) {
  return (flags & 0x80U) == 0 ? 0 : std::size_t{3} << ((flags & 7U) + 1);
}

/// Behind the sub-blocks that start at `at`.
std::size_t skip_blocks(Bytes bytes, std::size_t at) {
  while (true) {
    const std::size_t length = take(bytes, at, 1, "GIF data")[0];
    take(bytes, at, length + 1, "GIF data");
    at += length + 1;
    if (length == 0) return at;
  }
}

Survey survey_gif(Bytes bytes) {
  const Bytes screen = take(bytes, 6, 7, "GIF header");
  Survey survey;
  survey.width = le16(screen, 0);
  survey.height = le16(screen, 2);
  std::size_t at = 13 + palette_bytes(screen[4]);
  while (true) {
    const std::uint8_t kind = take(bytes, at, 1, "GIF data")[0];
    if (kind == ';') break;
    if (kind == '!') {
      const Bytes control = take(bytes, at, 3, "GIF extension");
      const bool counts = control[1] == 0xF9 && control[2] == 4 && survey.frames == 0;
      if (counts) {
        const Bytes values = take(bytes, at + 3, 4, "GIF extension");
        survey.transparent = (values[0] & 1U) != 0 ? values[3] : kOpaque;
      }
      at = skip_blocks(bytes, at + 2);
    } else if (kind == ',') {
      const Bytes frame = take(bytes, at, 10, "GIF frame");
      const std::size_t data = at + 10 + palette_bytes(frame[9]) + 1;
      at = skip_blocks(bytes, data);
      if (++survey.frames == 1) survey.data_bytes = at - data;
    } else {
      throw corrupt(fmt::format("byte {} is {:#04x}, expected a GIF block", at, kind));
    }
  }
  survey.end = at + 1;
  if (survey.frames == 0) throw corrupt("the GIF holds no picture");
  return survey;
}

struct Source {
  Bytes bytes;
  std::size_t at = 0;
};

int on_read(GifFileType* gif, GifByteType* out, int count) {
  auto* source = static_cast<Source*>(gif->UserData);
  const auto wanted = static_cast<std::size_t>(count);
  const std::size_t rest = source->bytes.size() - source->at;
  const std::size_t given = wanted < rest ? wanted : rest;
  std::memcpy(out, source->bytes.data() + source->at, given);
  source->at += given;
  return static_cast<int>(given);
}

struct Close {
  void operator()(GifFileType* gif) const { DGifCloseFile(gif, nullptr); }
};
using Gif = std::unique_ptr<GifFileType, Close>;

[[noreturn]] void fail(const GifFileType& gif) {
  const char* reason = GifErrorString(gif.Error);
  throw corrupt(std::string("GIF: ") + (reason != nullptr ? reason : "damaged data"));
}

/// Moves to the first frame.
void find_frame(GifFileType& gif) {
  while (true) {
    GifRecordType kind = UNDEFINED_RECORD_TYPE;
    if (DGifGetRecordType(&gif, &kind) == GIF_ERROR) fail(gif);
    if (kind == IMAGE_DESC_RECORD_TYPE) break;
    int code = 0;
    GifByteType* block = nullptr;
    if (kind != EXTENSION_RECORD_TYPE) throw corrupt("the GIF holds no picture");
    if (DGifGetExtension(&gif, &code, &block) == GIF_ERROR) fail(gif);
    while (block != nullptr) {
      if (DGifGetExtensionNext(&gif, &block) == GIF_ERROR) fail(gif);
    }
  }
  if (DGifGetImageDesc(&gif) == GIF_ERROR) fail(gif);
}

/// The rows in the order of the file.
std::vector<int> row_order(int height, bool interlaced) {
  std::vector<int> order;
  order.reserve(static_cast<std::size_t>(height));
  const auto pass = [&](int first, int step) {
    for (int y = first; y < height; y += step) order.push_back(y);
  };
  if (!interlaced) {
    pass(0, 1);
    return order;
  }
  pass(0, 8);
  pass(4, 8);
  pass(2, 4);
  pass(1, 2);
  return order;
}

cv::Mat read_frame(GifFileType& gif, int transparent) {
  const ColorMapObject* colors = gif.Image.ColorMap != nullptr ? gif.Image.ColorMap : gif.SColorMap;
  if (colors == nullptr) throw corrupt("the GIF has no palette");
  const int channels = transparent == kOpaque ? 3 : 4;
  cv::Mat samples(gif.Image.Height, gif.Image.Width, CV_8UC(channels));
  std::vector<GifPixelType> line(static_cast<std::size_t>(gif.Image.Width));
  for (const int y : row_order(gif.Image.Height, gif.Image.Interlace)) {
    if (DGifGetLine(&gif, line.data(), gif.Image.Width) == GIF_ERROR) fail(gif);
    std::uint8_t* out = samples.ptr(y);
    for (const GifPixelType index : line) {
      if (index >= colors->ColorCount) {
        throw corrupt(fmt::format("GIF: colour {} of {}", index, colors->ColorCount));
      }
      const GifColorType& color = colors->Colors[index];
      *out++ = color.Red;
      *out++ = color.Green;
      *out++ = color.Blue;
      if (channels == 4) *out++ = index == transparent ? 0 : 255;
    }
  }
  return samples;
}

}  // namespace

Image decode_gif(Bytes bytes, const DecodeOptions& options) {
  const Survey survey = survey_gif(bytes);
  check_size(survey.width, survey.height, options);
  // A code has at least 2 bits and stands for at most 4096 pixels.
  check_plausible(std::uint64_t{survey.width} * survey.height / 4096 / 4, survey.data_bytes,
                  survey.width, survey.height);
  check_frames(survey.frames > 1, options, fmt::format("a GIF of {} frames", survey.frames));
  check_padding(bytes.subspan(survey.end));

  Source source{bytes.first(survey.end)};
  int error = 0;
  const Gif gif(DGifOpen(&source, on_read, &error));
  if (!gif) throw corrupt("GIF: damaged header");
  find_frame(*gif);
  const bool covers = gif->Image.Left == 0 && gif->Image.Top == 0 &&
                      gif->Image.Width == gif->SWidth && gif->Image.Height == gif->SHeight;
  if (!covers) throw unsupported("the GIF's frame does not cover the whole picture");
  const cv::Mat samples = read_frame(*gif, survey.transparent);
  return {finish_samples(samples, options), ImageFormat::gif, survey.frames > 1};
}

}  // namespace zeromiss::codec
