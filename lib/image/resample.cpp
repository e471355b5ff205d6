#include "resample_kernels.hpp"

#include <zeromiss/image/resample.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <vector>

namespace zeromiss {
namespace {

using resample::kRows;
using resample::Taps;

constexpr int kRowsAtOnce = static_cast<int>(kRows);

std::size_t row_bytes(const cv::Mat& picture) {
  return static_cast<std::size_t>(picture.cols) * picture.elemSize();
}

double box(double x) { return x > -0.5 && x <= 0.5 ? 1.0 : 0.0; }

double triangle(double x) { return std::max(0.0, 1.0 - std::abs(x)); }

/// Keys' cubic with a = -1/2.
double cubic(double x) {
  constexpr double kA = -0.5;
  x = std::abs(x);
  if (x < 1.0) return ((kA + 2.0) * x - (kA + 3.0)) * x * x + 1;
  if (x < 2.0) return (((x - 5) * x + 8) * x - 4) * kA;
  return 0.0;
}

double sinc(double x) {
  if (x == 0.0) return 1.0;
  x *= std::numbers::pi;
  return std::sin(x) / x;
}

double lanczos3(double x) { return x >= -3.0 && x < 3.0 ? sinc(x) * sinc(x / 3) : 0.0; }

struct Kernel {
  double (*at)(double);
  double support;  ///< at() is zero further out
};

Kernel kernel_of(Filter filter) {
  switch (filter) {
    case Filter::box:
      return {box, 0.5};
    case Filter::bilinear:
      return {triangle, 1.0};
    case Filter::bicubic:
      return {cubic, 2.0};
    case Filter::lanczos:
      return {lanczos3, 3.0};
    case Filter::nearest:
      break;
  }
  throw std::logic_error("nearest has no kernel");
}

std::int32_t to_fixed(double weight) {
  return static_cast<std::int32_t>(weight * (1 << resample::kPrecisionBits) +
                                   (weight < 0 ? -0.5 : 0.5));
}

/// Pillow's rounding, which cuts towards zero: what is negative ends at the picture's edge anyway.
int nearest_index(double position) {
  return static_cast<int>(position + 0.5);  // NOLINT(bugprone-incorrect-roundings)
}

/// Every operation below is in Pillow's order: another one changes the last bit of some weight.
/// (The build forbids fused multiply-add here for the same reason.)
Taps make_taps(int in_size, int out_size, const Kernel& kernel) {
  const double scale = static_cast<double>(in_size) / out_size;
  const double stretch = std::max(scale, 1.0);  // enlarging interpolates, reducing averages
  const double support = kernel.support * stretch;
  const double step = 1.0 / stretch;

  Taps taps;
  taps.stride = static_cast<int>(std::ceil(support)) * 2 + 1;
  taps.weights.resize(static_cast<std::size_t>(out_size) * static_cast<std::size_t>(taps.stride));
  std::vector<double> raw(static_cast<std::size_t>(taps.stride));
  for (int x = 0; x < out_size; ++x) {
    const double center = (x + 0.5) * scale;
    const int first = std::max(nearest_index(center - support), 0);
    const int end = std::min(nearest_index(center + support), in_size);
    const auto count = static_cast<std::size_t>(end - first);
    double sum = 0.0;
    for (std::size_t i = 0; i < count; ++i) {
      raw[i] = kernel.at((static_cast<int>(i) + first - center + 0.5) * step);
      sum += raw[i];
    }
    std::int32_t* weights =
        taps.weights.data() + static_cast<std::size_t>(x) * static_cast<std::size_t>(taps.stride);
    for (std::size_t i = 0; i < count; ++i)
      weights[i] = to_fixed(sum != 0.0 ? raw[i] / sum : raw[i]);
    taps.spans.push_back({first, static_cast<int>(count)});
  }
  return taps;
}

/// Filters rows along x, kRows at a time.
class Horizontal {
 public:
  Horizontal(const cv::Mat& source, int width, const Kernel& kernel, Simd simd)
      : source_(source), taps_(make_taps(source.cols, width, kernel)), simd_(simd) {
    if (simd_ == Simd::avx2) packed_ = resample::pack(taps_, source.cols, source.channels());
  }

  /// Source rows y, y + 1, … into `out`; from row `end` on the last one is repeated.
  template <typename RowOfOut>
  void run(int y, int end, const RowOfOut& row_of_out) {
    resample::RowsIn in{};
    resample::RowsOut out{};
    for (std::size_t i = 0; i < kRows; ++i) {
      const int row = std::min(y + static_cast<int>(i), end - 1);
      in[i] = source_.ptr(row);
      out[i] = row_of_out(row);
    }
    if (simd_ == Simd::avx2)
      resample::horizontal_avx2(packed_, in, out, scratch_);
    else
      resample::horizontal_scalar(taps_, source_.channels(), in, out);
  }

 private:
  const cv::Mat& source_;
  Taps taps_;
  resample::PackedTaps packed_;
  std::vector<std::uint8_t> scratch_;
  Simd simd_;
};

/// Filters columns, one output row at a time.
class Vertical {
 public:
  Vertical(const cv::Mat& source, int height, const Kernel& kernel, Simd simd)
      : taps_(make_taps(source.rows, height, kernel)), simd_(simd) {}

  [[nodiscard]] Taps::Span span(int y) const { return taps_.spans[static_cast<std::size_t>(y)]; }
  [[nodiscard]] int stride() const { return taps_.stride; }

  /// Output row y, `size` bytes, from the rows that `row_of_in` knows.
  template <typename RowOfIn>
  void run(int y, std::uint8_t* out, std::size_t size, const RowOfIn& row_of_in) {
    rows_.clear();
    for (int i = 0; i < span(y).count; ++i) rows_.push_back(row_of_in(span(y).first + i));
    const std::int32_t* weights = taps_.weights_of(static_cast<std::size_t>(y));
    if (simd_ == Simd::avx2)
      resample::vertical_avx2(rows_.data(), weights, span(y).count, out, size);
    else
      resample::vertical_scalar(rows_.data(), weights, span(y).count, out, size);
  }

 private:
  Taps taps_;
  std::vector<const std::uint8_t*> rows_;
  Simd simd_;
};

cv::Mat resize_width(const cv::Mat& source, int width, const Kernel& kernel, Simd simd) {
  cv::Mat result(source.rows, width, source.type());
  Horizontal horizontal(source, width, kernel, simd);
  const auto row_of_result = [&](int row) { return result.ptr(row); };
  for (int y = 0; y < source.rows; y += kRowsAtOnce) horizontal.run(y, source.rows, row_of_result);
  return result;
}

cv::Mat resize_height(const cv::Mat& source, int height, const Kernel& kernel, Simd simd) {
  cv::Mat result(height, source.cols, source.type());
  Vertical vertical(source, height, kernel, simd);
  const auto row_of_source = [&](int row) { return source.ptr(row); };
  for (int y = 0; y < height; ++y) vertical.run(y, result.ptr(y), row_bytes(result), row_of_source);
  return result;
}

/// Both passes, row by row: filtered rows wait in a ring just large enough for one output row,
/// which stays in the processor's cache where a whole intermediate picture would not.
cv::Mat resize_width_then_height(const cv::Mat& source, int width, int height, const Kernel& kernel,
                                 Simd simd) {
  cv::Mat result(height, width, source.type());
  Vertical vertical(source, height, kernel, simd);
  Horizontal horizontal(source, width, kernel, simd);
  const std::size_t ring_rows = static_cast<std::size_t>(vertical.stride()) + kRows;
  std::vector<std::uint8_t> ring(ring_rows * row_bytes(result));
  const auto row_of_ring = [&](int row) {
    return ring.data() + static_cast<std::size_t>(row) % ring_rows * row_bytes(result);
  };
  const int end = vertical.span(height - 1).first + vertical.span(height - 1).count;
  int done = vertical.span(0).first;
  for (int y = 0; y < height; ++y) {
    const auto [first, count] = vertical.span(y);
    for (; done < first + count; done += kRowsAtOnce) horizontal.run(done, end, row_of_ring);
    vertical.run(y, result.ptr(y), row_bytes(result), row_of_ring);
  }
  return result;
}

/// Pillow 13 filters columns first where the height shrinks by more than twice as many pixels as
/// the width (earlier releases never do). Each pass rounds, so the order is part of the result.
bool height_comes_first(const cv::Mat& source, int width, int height) {
  const int fewer_rows = source.rows - height;
  return fewer_rows > 0 && fewer_rows > (source.cols - width) * 2;
}

/// Centres of the output pixels, summed up step by step as Pillow does (rounding included).
std::vector<int> nearest_positions(int in_size, int out_size) {
  std::vector<int> positions(static_cast<std::size_t>(out_size));
  const double step = static_cast<double>(in_size) / out_size;
  double at = step * 0.5;
  for (int& position : positions) {
    position = std::min(static_cast<int>(at), in_size - 1);
    at += step;
  }
  return positions;
}

template <typename Pixel>
cv::Mat nearest(const cv::Mat& source, int width, int height) {
  cv::Mat result(height, width, source.type());
  const std::vector<int> columns = nearest_positions(source.cols, width);
  const std::vector<int> rows = nearest_positions(source.rows, height);
  for (int y = 0; y < height; ++y) {
    const auto* in = source.ptr<Pixel>(rows[static_cast<std::size_t>(y)]);
    auto* out = result.ptr<Pixel>(y);
    for (const int column : columns) *out++ = in[column];
  }
  return result;
}

}  // namespace

Simd best_simd() {
#if defined(__x86_64__)
  static const bool avx2 = __builtin_cpu_supports("avx2") != 0;
  return avx2 ? Simd::avx2 : Simd::none;
#else
  return Simd::none;
#endif
}

cv::Mat resample_pillow(const cv::Mat& source, int width, int height, Filter filter, Simd simd) {
  const bool same_width = width == source.cols;
  const bool same_height = height == source.rows;
  if (same_width && same_height) return source.clone();
  if (filter == Filter::nearest)
    return source.channels() == 1 ? nearest<std::uint8_t>(source, width, height)
                                  : nearest<cv::Vec3b>(source, width, height);
  const Kernel kernel = kernel_of(filter);
  if (same_height) return resize_width(source, width, kernel, simd);
  if (same_width) return resize_height(source, height, kernel, simd);
  if (height_comes_first(source, width, height))
    return resize_width(resize_height(source, height, kernel, simd), width, kernel, simd);
  return resize_width_then_height(source, width, height, kernel, simd);
}

}  // namespace zeromiss
