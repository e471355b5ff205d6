#include "codec.hpp"

#include <fmt/format.h>
#include <webp/decode.h>
#include <webp/demux.h>

#include <memory>

namespace zeromiss::codec {

namespace {

struct DeleteDemuxer {
  void operator()(WebPDemuxer* demuxer) const { WebPDemuxDelete(demuxer); }
};
using Demuxer = std::unique_ptr<WebPDemuxer, DeleteDemuxer>;

struct Frame {
  WebPIterator it{};
  explicit Frame(const WebPDemuxer* demuxer) {
    if (WebPDemuxGetFrame(demuxer, 1, &it) == 0) throw corrupt("the WebP holds no picture");
  }
  ~Frame() { WebPDemuxReleaseIterator(&it); }
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;
};

int orientation_of(const WebPDemuxer* demuxer, const DecodeOptions& options) {
  WebPChunkIterator chunk{};
  int result = 1;
  if (WebPDemuxGetChunk(demuxer, "EXIF", 1, &chunk) != 0) {
    const std::unique_ptr<WebPChunkIterator, decltype(&WebPDemuxReleaseChunkIterator)> release(
        &chunk, WebPDemuxReleaseChunkIterator);
    Bytes exif(chunk.chunk.bytes, chunk.chunk.size);
    // Some writers keep JPEG's "Exif\0\0" in front.
    if (exif.size() >= 6 && exif[0] == 'E' && exif[1] == 'x') exif = exif.subspan(6);
    result = exif_orientation_to_apply(exif, options);
  }
  return result;
}

cv::Mat decode_frame(const WebPData& data, int width, int height) {
  WebPDecoderConfig config;
  if (WebPInitDecoderConfig(&config) == 0) throw corrupt("libwebp has another version");
  if (WebPGetFeatures(data.bytes, data.size, &config.input) != VP8_STATUS_OK) {
    throw corrupt("WebP: the picture's header is damaged");
  }
  if (config.input.width != width || config.input.height != height) {
    throw corrupt("WebP: the picture's size differs from the file's");
  }
  const bool alpha = config.input.has_alpha != 0;
  cv::Mat samples(height, width, alpha ? CV_8UC4 : CV_8UC3);
  config.output.colorspace = alpha ? MODE_RGBA : MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = samples.data;
  config.output.u.RGBA.stride = static_cast<int>(samples.step[0]);
  config.output.u.RGBA.size = samples.step[0] * static_cast<std::size_t>(height);
  const VP8StatusCode status = WebPDecode(data.bytes, data.size, &config);
  WebPFreeDecBuffer(&config.output);
  // Also VP8_STATUS_OUT_OF_MEMORY: libwebp 1.5 says so of damaged alpha, and the picture itself is
  // in our memory already.
  if (status != VP8_STATUS_OK) {
    throw corrupt(
        fmt::format("WebP: the picture is damaged (libwebp status {})", static_cast<int>(status)));
  }
  return samples;
}

}  // namespace

Image decode_webp(Bytes bytes, const DecodeOptions& options) {
  const std::uint64_t size = std::uint64_t{le32(bytes, 4)} + 8;
  const Bytes file = take(bytes, 0, size, "WebP data");
  check_padding(bytes.subspan(file.size()));
  const WebPData data{file.data(), file.size()};
  const Demuxer demuxer(WebPDemux(&data));
  if (!demuxer) throw corrupt("WebP: damaged chunks");
  const std::uint32_t width = WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_WIDTH);
  const std::uint32_t height = WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_HEIGHT);
  check_size(width, height, options);
  const bool several = WebPDemuxGetI(demuxer.get(), WEBP_FF_FRAME_COUNT) > 1;
  check_frames(several, options, "an animated WebP");
  const int orientation = orientation_of(demuxer.get(), options);

  const Frame frame(demuxer.get());
  if (frame.it.complete == 0) throw corrupt("WebP: the picture is not complete");
  const bool covers = frame.it.x_offset == 0 && frame.it.y_offset == 0 &&
                      frame.it.width == static_cast<int>(width) &&
                      frame.it.height == static_cast<int>(height);
  if (!covers) throw unsupported("the WebP's first frame does not cover the whole picture");
  const cv::Mat samples =
      decode_frame(frame.it.fragment, static_cast<int>(width), static_cast<int>(height));
  return {turned(finish_samples(samples, options), orientation), ImageFormat::webp, several};
}

}  // namespace zeromiss::codec
