#pragma once

#include <zeromiss/image/decode.hpp>
#include <zeromiss/image/placement.hpp>
#include <zeromiss/image/tiles.hpp>
#include <zeromiss/image/transform.hpp>
#include <zeromiss/model/package.hpp>
#include <zeromiss/model/tensor.hpp>

#include <array>
#include <cstdint>
#include <vector>

namespace zeromiss {

/// What a run may set beside the package: limits that do not change a good picture's pixels.
struct PrepareOptions {
  std::uint64_t max_pixels = DecodeOptions{}.max_pixels;
  FramesRule frames = FramesRule::refuse;
};

/// A package's way from a file's bytes to the network's input. Thread-safe.
class Preparer {
 public:
  Preparer(const ModelPackage& package, const PrepareOptions& options);

  /// @throws ItemError, see zeromiss/image/decode.hpp
  [[nodiscard]] Image decode(std::span<const std::uint8_t> bytes) const;
  /// Fills a slot with the picture after all steps. @throws ItemError image.too_small
  void fill(const Image& image, InputBatch& batch, int slot) const;

  /// Whether a picture is cut into tiles; then cut() and the fill() below are the way.
  [[nodiscard]] bool tiled() const { return tile_step(spec_).has_value(); }
  /// Pictures of one slice of the list, the unit of work, of resume and of shards: as many as fit a
  /// batch, or one that is cut into tiles.
  [[nodiscard]] int slice(int batch) const { return tiled() ? 1 : batch; }
  /// Must not outlive this object. @throws ItemError
  [[nodiscard]] TiledPicture cut(const Image& image) const { return {image, spec_}; }
  void fill(const TiledPicture& picture, std::size_t tile, InputBatch& batch, int slot) const;
  /// Where the network's input lies on a decoded picture. @throws ItemError image.too_small
  [[nodiscard]] Placement placement(int picture_width, int picture_height) const;

  /// What each byte of a channel is normalised to.
  [[nodiscard]] const std::vector<std::array<float, 256>>& values() const {
    return normalize_.values();
  }
  [[nodiscard]] const DecodeOptions& decode_options() const { return decode_; }
  [[nodiscard]] int channels() const { return spec_.channels(); }
  [[nodiscard]] int width() const { return size_.width; }
  [[nodiscard]] int height() const { return size_.height; }

 private:
  void put(const cv::Mat& pixels, InputBatch& batch, int slot) const;

  InputSpec spec_;
  DecodeOptions decode_;
  cv::Size size_;
  Normalizer normalize_;
};

}  // namespace zeromiss
