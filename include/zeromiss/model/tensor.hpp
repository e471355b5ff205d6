#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace zeromiss {

/// Input of a network: N x C x H x W float32 in channels_last memory (N, H, W, C contiguous), the
/// layout in which decoded pictures already lie.
struct InputBatch {
  int images = 0, channels = 0, height = 0, width = 0;
  std::vector<float> data;

  InputBatch(int n, int c, int h, int w)
      : images(n),
        channels(c),
        height(h),
        width(w),
        data(static_cast<std::size_t>(n) * static_cast<std::size_t>(c) *
             static_cast<std::size_t>(h) * static_cast<std::size_t>(w)) {}
  [[nodiscard]] std::size_t image_size() const {
    return static_cast<std::size_t>(channels) * static_cast<std::size_t>(height) *
           static_cast<std::size_t>(width);
  }
  [[nodiscard]] float* image(int index) {
    return data.data() + static_cast<std::size_t>(index) * image_size();
  }
};

/// One output of a network: float32, row-major contiguous. `name` is the key of a dictionary or
/// named tuple, else empty. Either it is of the whole batch, and its first dimension is the image;
/// or the network gives a list with an entry for each image (detectors), and it is of one of them.
struct Tensor {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<float> data;
  int image = kWholeBatch;

  static constexpr int kWholeBatch = -1;
};

}  // namespace zeromiss
