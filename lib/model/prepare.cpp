#include <zeromiss/model/prepare.hpp>

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

void Preparer::fill(const Image& image, float* out) const {
  if (tiled())
    throw Error(ErrorKind::input,
                "a package with a step tile gives no single picture: only inspect cuts pictures");
  normalize_(apply_steps(image, spec_), out);
}

void Preparer::fill(const TiledPicture& picture, std::size_t tile, float* out) const {
  normalize_(picture.pixels(tile), out);
}

Placement Preparer::placement(int picture_width, int picture_height) const {
  return placement_of(spec_, cv::Size(picture_width, picture_height));
}

}  // namespace zeromiss
