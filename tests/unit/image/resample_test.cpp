#include "golden.hpp"
#include "support/catch.hpp"

#include <zeromiss/image/resample.hpp>

#include <array>
#include <string_view>

using namespace zeromiss;

namespace {

constexpr std::array<std::string_view, 5> kFilters{"nearest", "box", "bilinear", "bicubic",
                                                   "lanczos"};

std::vector<Simd> levels() {
  std::vector<Simd> all{Simd::none};
  if (best_simd() != Simd::none) all.push_back(best_simd());
  return all;
}

cv::Mat row(std::initializer_list<int> values) {
  cv::Mat picture(1, static_cast<int>(values.size()), CV_8UC1);
  std::uint8_t* out = picture.data;
  for (const int value : values) *out++ = static_cast<std::uint8_t>(value);
  return picture;
}

bool equal(const cv::Mat& left, const cv::Mat& right) {
  return left.size() == right.size() && left.type() == right.type() &&
         std::equal(left.datastart, left.dataend, right.datastart);
}

}  // namespace

TEST_CASE("every filter gives Pillow's bytes, with and without vector instructions") {
  const JsonNode cases = test::golden("resample");
  REQUIRE(cases.size() == 220);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const JsonNode node = cases.at(i);
    const auto filter = static_cast<Filter>(node.at("filter").one_of(kFilters));
    const int width = static_cast<int>(node.at("width").integer(1, 65536));
    const int height = static_cast<int>(node.at("height").integer(1, 65536));
    const cv::Mat picture = test::draw(node.at("picture"));
    for (const Simd simd : levels()) {
      CAPTURE(i, node.at("filter").string(), picture.cols, picture.rows, picture.channels(), width,
              height, static_cast<int>(simd));
      const cv::Mat result = resample_pillow(picture, width, height, filter, simd);
      CHECK(test::difference(result, node) == "");
    }
  }
}

TEST_CASE("vector instructions change no byte for any small size") {
  // Sizes around the blocks of 4 and 16 pixels and 32 columns, where loads could pass a row's end.
  for (const int channels : {1, 3})
    for (int width = 1; width <= 40; width += width < 20 ? 1 : 5)
      for (const int target : {1, 2, 3, 5, 10, 11, 12, 31, 32, 33, 65}) {
        const cv::Mat picture = test::draw("noise", width, 9, channels);
        for (const Filter filter : {Filter::box, Filter::bilinear, Filter::lanczos}) {
          CAPTURE(channels, width, target, static_cast<int>(filter));
          CHECK(equal(resample_pillow(picture, target, 6, filter),
                      resample_pillow(picture, target, 6, filter, Simd::none)));
        }
      }
}

TEST_CASE("a part of a larger picture is filtered as if it stood alone") {
  const cv::Mat whole = test::draw("noise", 50, 40, 3);
  const cv::Mat part = whole(cv::Rect(7, 5, 30, 20));
  CHECK(equal(resample_pillow(part, 11, 13, Filter::bicubic),
              resample_pillow(part.clone(), 11, 13, Filter::bicubic)));
}

TEST_CASE("halving with box rounds half up, by hand") {
  // (1 + 2) / 2 = 1.5 -> 2; (10 + 20) / 2 = 15; (255 + 254) / 2 = 254.5 -> 255
  CHECK(
      equal(resample_pillow(row({1, 2, 10, 20, 255, 254}), 3, 1, Filter::box), row({2, 15, 255})));
}

TEST_CASE("reducing averages over all pixels, which plain interpolation does not") {
  // One white pixel in eight. Triangle of half-width 4 about 2 (pixels 0..5 with
  // weights 2.5 3.5 3.5 2.5 1.5 .5 over 14) and about 6: 255 * 2.5 / 14 = 45.5 -> 46 and 255 * 1.5
  // / 14 = 27.3 -> 27. Interpolation of the two pixels beside the centre would give 0 and 0: the
  // defect is gone.
  CHECK(equal(resample_pillow(row({0, 0, 0, 255, 0, 0, 0, 0}), 2, 1, Filter::bilinear),
              row({46, 27})));
}
