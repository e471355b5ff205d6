// One resize per line on stdin: "WIDTH HEIGHT CHANNELS TO_WIDTH TO_HEIGHT FILTER REPEATS" answers
// with milliseconds of processor time per picture. bench_resize.py asks this and Pillow in turn.

#include <zeromiss/image/resample.hpp>

#include <algorithm>
#include <array>
#include <ctime>
#include <iostream>
#include <stdexcept>
#include <string>

namespace {

/// Of this thread: other programs on the machine do not count.
double processor_ms() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

zeromiss::Filter filter_of(const std::string& name) {
  const std::array<std::string, 5> names{"nearest", "box", "bilinear", "bicubic", "lanczos"};
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) throw std::invalid_argument("no filter " + name);
  return static_cast<zeromiss::Filter>(found - names.begin());
}

cv::Mat drawn(int width, int height, int channels) {
  cv::Mat picture(height, width, channels == 1 ? CV_8UC1 : CV_8UC3);
  std::uint32_t state = 1;
  std::for_each(picture.data, picture.data + picture.total() * picture.elemSize(),
                [&](std::uint8_t& value) {
                  state = state * 1664525U + 1013904223U;
                  value = static_cast<std::uint8_t>(state >> 24U);
                });
  return picture;
}

}  // namespace

int main() {
  int width = 0, height = 0, channels = 0, to_width = 0, to_height = 0, repeats = 0;
  std::string filter;
  while (std::cin >> width >> height >> channels >> to_width >> to_height >> filter >> repeats) {
    const cv::Mat picture = drawn(width, height, channels);
    unsigned used = 0;  // keeps the work from being left out
    const double start = processor_ms();
    for (int i = 0; i < repeats; ++i)
      used += *zeromiss::resample_pillow(picture, to_width, to_height, filter_of(filter)).data;
    std::cout << (processor_ms() - start) / repeats << ' ' << used << std::endl;
  }
}
