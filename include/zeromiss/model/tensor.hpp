#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace zeromiss {

/// Input of a network: N x C x H x W in channels_last memory (N, H, W, C contiguous), the layout in
/// which decoded pictures already lie. Float32, normalised; or, for an engine that normalises where
/// it computes (Engine::new_batch), the bytes of the pictures.
struct InputBatch {
  int images = 0, channels = 0, height = 0, width = 0;
  std::vector<float> data;                ///< empty where there are bytes
  std::shared_ptr<std::uint8_t[]> bytes;  ///< null where there are floats

  /// Floats, all 0.
  InputBatch(int n, int c, int h, int w)
      : images(n), channels(c), height(h), width(w), data(size()) {}
  /// @param zeros  n * c * h * w bytes
  InputBatch(int n, int c, int h, int w, std::shared_ptr<std::uint8_t[]> zeros)
      : images(n), channels(c), height(h), width(w), bytes(std::move(zeros)) {}
  InputBatch(InputBatch&&) = default;
  InputBatch& operator=(InputBatch&&) = default;
  InputBatch(const InputBatch&) = delete;  // two would share their bytes
  InputBatch& operator=(const InputBatch&) = delete;
  ~InputBatch() = default;

  [[nodiscard]] std::size_t image_size() const {
    return static_cast<std::size_t>(channels) * static_cast<std::size_t>(height) *
           static_cast<std::size_t>(width);
  }
  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(images) * image_size(); }
  [[nodiscard]] float* image(int index) { return data.data() + offset(index); }
  [[nodiscard]] std::uint8_t* image_bytes(int index) { return bytes.get() + offset(index); }

  void clear(int index) {
    if (bytes != nullptr)
      std::fill_n(image_bytes(index), image_size(), std::uint8_t{0});
    else
      std::fill_n(image(index), image_size(), 0.0F);
  }
  /// @param from  of the same kind and shape
  void copy(int index, const InputBatch& from, int from_index) {
    if (bytes != nullptr)
      std::copy_n(from.bytes.get() + offset(from_index), image_size(), image_bytes(index));
    else
      std::copy_n(from.data.data() + offset(from_index), image_size(), image(index));
  }

 private:
  [[nodiscard]] std::size_t offset(int index) const {
    return static_cast<std::size_t>(index) * image_size();
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
