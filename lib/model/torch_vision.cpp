// Scripted torchvision detectors call two operators of torchvision's own library. Having them here
// saves that library; on a GPU they run on the CPU.
#include "torch_finite.hpp"
#include "torch_load.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/model/nms.hpp>

#include <ATen/ATen.h>
#include <torch/library.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

namespace zeromiss {
namespace {

/// A place that is not finite lies nowhere, and no order holds among scores that are NaN.
void require_finite(const at::Tensor& values, const char* name) {
  if (!at::isfinite(values).all().item<bool>())
    throw std::runtime_error(std::string("torchvision::") + name + ": " + kNotFinite);
}

/// torchvision.ops.nms. @return the kept rows, highest score first
at::Tensor torchvision_nms(const at::Tensor& boxes, const at::Tensor& scores, double iou) {
  const at::Tensor corners = boxes.to(at::kCPU, at::kFloat).contiguous();
  const at::Tensor values = scores.to(at::kCPU, at::kFloat).contiguous();
  const auto count = static_cast<std::size_t>(values.numel());
  if (corners.dim() != 2 || corners.size(1) != 4 ||
      corners.size(0) != static_cast<std::int64_t>(count))
    throw ItemError("model.failed", "torchvision::nms: expected N x 4 boxes and N scores");
  require_finite(corners, "nms");
  require_finite(values, "nms");
  std::vector<Corners> rows(count);
  std::memcpy(rows.data(), corners.data_ptr<float>(), count * sizeof(Corners));
  std::vector<std::int64_t> kept;
  for (const std::size_t row : nms(rows, {values.data_ptr<float>(), count}, {}, iou, count))
    kept.push_back(static_cast<std::int64_t>(row));
  return at::tensor(kept, at::kLong).to(boxes.device());
}

/// A plane read between its pixels; outside by more than one pixel it is 0.
float read_between(const float* plane, std::int64_t height, std::int64_t width, float y, float x) {
  if (y < -1.0F || y > static_cast<float>(height) || x < -1.0F || x > static_cast<float>(width))
    return 0.0F;
  const auto split = [](float at, std::int64_t count) {
    at = std::max(at, 0.0F);
    const auto low = std::min(static_cast<std::int64_t>(at), count - 1);
    const auto high = std::min(low + 1, count - 1);
    return std::tuple(low, high, low == high ? 0.0F : at - static_cast<float>(low));
  };
  const auto [top, bottom, down] = split(y, height);
  const auto [left, right, across] = split(x, width);
  return (1 - down) * (1 - across) * plane[top * width + left] +
         (1 - down) * across * plane[top * width + right] +
         down * (1 - across) * plane[bottom * width + left] +
         down * across * plane[bottom * width + right];
}

/// One side of a region: where its bins begin, how long they are, and samples in each.
struct Bins {
  float start, size;
  std::int64_t samples;

  Bins(float from, float to, double scale, std::int64_t bins, std::int64_t sampling, bool aligned) {
    const float offset = aligned ? 0.5F : 0.0F, factor = static_cast<float>(scale);
    start = from * factor - offset;
    float length = to * factor - offset - start;
    if (!aligned) length = std::max(length, 1.0F);
    size = length / static_cast<float>(bins);
    samples = sampling > 0 ? sampling : static_cast<std::int64_t>(std::ceil(size));
  }
  [[nodiscard]] float at(std::int64_t bin, std::int64_t sample) const {
    return start + static_cast<float>(bin) * size +
           (static_cast<float>(sample) + 0.5F) * size / static_cast<float>(samples);
  }
};

/// torchvision.ops.roi_align: the mean of a few samples in each bin of each region (He et al. 2017,
/// Mask R-CNN). Regions are rows of image number, x1, y1, x2, y2.
at::Tensor torchvision_roi_align(const at::Tensor& input, const at::Tensor& regions, double scale,
                                 std::int64_t rows, std::int64_t columns, std::int64_t sampling,
                                 bool aligned) {
  const at::Tensor planes = input.to(at::kCPU, at::kFloat).contiguous();
  const at::Tensor places = regions.to(at::kCPU, at::kFloat).contiguous();
  require_finite(places, "roi_align");
  const std::int64_t count = places.size(0), channels = planes.size(1);
  const std::int64_t height = planes.size(2), width = planes.size(3);
  at::Tensor result = at::empty({count, channels, rows, columns}, at::kFloat);
  float* out = result.data_ptr<float>();
  for (std::int64_t n = 0; n < count; ++n) {
    const float* place = places.data_ptr<float>() + n * 5;
    const auto image = static_cast<std::int64_t>(place[0]);
    if (image < 0 || image >= planes.size(0))
      throw ItemError("model.failed", "torchvision::roi_align: a region of no image");
    const Bins across(place[1], place[3], scale, columns, sampling, aligned);
    const Bins down(place[2], place[4], scale, rows, sampling, aligned);
    const auto samples =
        static_cast<float>(std::max<std::int64_t>(across.samples * down.samples, 1));
    for (std::int64_t c = 0; c < channels; ++c) {
      const float* plane = planes.data_ptr<float>() + (image * channels + c) * height * width;
      for (std::int64_t y = 0; y < rows; ++y)
        for (std::int64_t x = 0; x < columns; ++x) {
          float sum = 0.0F;
          for (std::int64_t i = 0; i < down.samples; ++i)
            for (std::int64_t j = 0; j < across.samples; ++j)
              sum += read_between(plane, height, width, down.at(y, i), across.at(x, j));
          *out++ = sum / samples;
        }
    }
  }
  return result.to(input.device(), input.scalar_type());
}

TORCH_LIBRARY(torchvision, library) {
  library.def("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor");
  library.def(
      "roi_align(Tensor input, Tensor rois, float spatial_scale, int pooled_height, int "
      "pooled_width, int sampling_ratio, bool aligned) -> Tensor");
  // Named in the training half of newer archives and never called: its name alone is needed to load
  // them.
  library.def("box_iou_rotated(Tensor boxes1, Tensor boxes2) -> Tensor");
}
TORCH_LIBRARY_IMPL(torchvision, CompositeExplicitAutograd, library) {
  library.impl("nms", torchvision_nms);
  library.impl("roi_align", torchvision_roi_align);
}

}  // namespace

void keep_torchvision_operators() {}

}  // namespace zeromiss
