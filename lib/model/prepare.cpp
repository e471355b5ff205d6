#include <zeromiss/model/prepare.hpp>

#include <algorithm>

namespace zeromiss {
namespace {

DecodeOptions rules_of(const ModelPackage& package, const PrepareOptions& options) {
  DecodeOptions decode = package.decode;
  decode.max_pixels = options.max_pixels;
  decode.frames = options.frames;
  return decode;
}

}  // namespace

Preparer::Preparer(const ModelPackage& package, const PrepareOptions& options)
    : spec_(package.input),
      decode_(rules_of(package, options)),
      size_(output_size(spec_)),
      normalize_(spec_) {}

Image Preparer::decode(std::span<const std::uint8_t> bytes) const {
  return zeromiss::decode(bytes, decode_);
}

void Preparer::put(const cv::Mat& pixels, InputBatch& batch, int slot) const {
  if (batch.bytes == nullptr) {
    normalize_(pixels, batch.image(slot));
    return;
  }
  const std::size_t row = static_cast<std::size_t>(pixels.cols) * pixels.elemSize();
  for (int y = 0; y < pixels.rows; ++y)
    std::copy_n(pixels.ptr<std::uint8_t>(y), row,
                batch.image_bytes(slot) + static_cast<std::size_t>(y) * row);
}

void Preparer::fill(const Image& image, InputBatch& batch, int slot) const {
  if (tiled()) throw Error(ErrorKind::input, "a package with a step tile gives no single picture");
  put(apply_steps(image, spec_), batch, slot);
}

void Preparer::fill(const TiledPicture& picture, std::size_t tile, InputBatch& batch,
                    int slot) const {
  put(picture.pixels(tile), batch, slot);
}

Placement Preparer::placement(int picture_width, int picture_height) const {
  return placement_of(spec_, cv::Size(picture_width, picture_height));
}

}  // namespace zeromiss
