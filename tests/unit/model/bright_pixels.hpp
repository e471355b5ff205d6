#pragma once

#include <zeromiss/model/tensor.hpp>

#include <opencv2/core.hpp>

namespace zeromiss::test {

/// 255 where the image of the batch is above one half, else 0.
inline cv::Mat bright(const InputBatch& batch, int image) {
  cv::Mat result(batch.height, batch.width, CV_8UC1);
  const float* in = batch.data.data() + static_cast<std::size_t>(image) * batch.image_size();
  for (std::size_t i = 0; i < batch.image_size(); ++i) result.data[i] = in[i] > 0.5F ? 255 : 0;
  return result;
}

}  // namespace zeromiss::test
