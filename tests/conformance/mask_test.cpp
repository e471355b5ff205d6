// Masks of ../shared/vectors/coco-mask-rle.
#include "conformance/coco_json.hpp"
#include "support/catch.hpp"
#include "support/shared_file.hpp"

#include <zeromiss/base/mask.hpp>

#include <optional>
#include <string>
#include <vector>

using namespace zeromiss;
using test::Json;

namespace {

std::optional<Json> vectors() { return shared_json("vectors/coco-mask-rle/expected.json"); }

Mask read_mask(const Json& rle) { return test::mask_of(rle, 0, 0); }

}  // namespace

TEST_CASE("boxes and polygons become COCO's runs and areas") {
  const auto expected = vectors();
  if (!expected) return;
  const auto& json = *expected;
  for (std::size_t i = 0; i < json["bboxes"].size(); ++i) {
    INFO("box " << i);
    const Mask mask = mask_from_box(20, 20, test::box_of(json["bboxes"][i]));
    CHECK(mask_to_text(mask) == json["bbox_rles"][i]["counts"].get<std::string>());
    CHECK(mask_area(mask) == json["areas_bbox"][i]);
    CHECK(mask_box(mask) == test::box_of(json["bboxes"][i]));
  }
  for (std::size_t i = 0; i < json["poly"].size(); ++i) {
    INFO("polygon " << i);
    const auto corners = json["poly"][i].get<std::vector<double>>();
    const Mask mask = mask_from_polygon(20, 20, corners);
    CHECK(mask_to_text(mask) == json["poly_rles"][i]["counts"].get<std::string>());
    CHECK(mask_area(mask) == json["areas_poly"][i]);
  }
}

TEST_CASE("COCO's runs survive reading and writing") {
  const auto expected = vectors();
  if (!expected) return;
  for (const char* key : {"bbox_rles", "poly_rles"})
    for (const auto& rle : (*expected)[key])
      CHECK(mask_to_text(read_mask(rle)) == rle["counts"].get<std::string>());
  const Json& zeros = (*expected)["zero_leading_rle"];
  CHECK(mask_to_text(read_mask(zeros)) == zeros["counts"].get<std::string>());
}

TEST_CASE("merged masks are COCO's") {
  const auto expected = vectors();
  if (!expected) return;
  std::vector<Mask> boxes;
  for (const auto& rle : (*expected)["bbox_rles"]) boxes.push_back(read_mask(rle));
  CHECK(mask_to_text(merge_masks(boxes, MaskMerge::unite)) ==
        (*expected)["bbox_rles_merged"]["counts"].get<std::string>());
  CHECK(mask_to_text(merge_masks(boxes, MaskMerge::intersect)) ==
        (*expected)["bbox_rles_merged_1"]["counts"].get<std::string>());
}

TEST_CASE("the box around a mask ignores empty runs") {
  const auto expected = vectors();
  if (!expected) return;
  CHECK(mask_box(mask_from_pixels(2, 2, std::vector<std::uint8_t>{0, 1, 1, 1})) ==
        test::box_of((*expected)["to_bbox"][0]["bbox"]));
  std::vector<std::uint8_t> pixels(100);
  for (std::size_t row = 2; row < 4; ++row)
    for (std::size_t column = 3; column < 6; ++column) pixels[row * 10 + column] = 1;
  CHECK(mask_box(mask_from_pixels(10, 10, pixels)) ==
        test::box_of((*expected)["to_bbox"][1]["bbox"]));
  // The same picture with a run of no inside pixels in the first column.
  const std::vector<std::int64_t> counts = {5, 0, 27, 2, 8, 2, 8, 2, 46};
  CHECK(mask_box(mask_from_counts(10, 10, counts)) == Box{3, 2, 3, 2});
}

TEST_CASE("runs that do not add up to the picture are refused") {
  const auto expected = vectors();
  if (!expected) return;
  CHECK_THROWS_AS(read_mask((*expected)["invalid_rle_must_be_rejected"]), std::invalid_argument);
  // Runs of 100 pixels for a picture of 1350 x 1080, which COCO's tool takes.
  CHECK_THROWS_WITH(read_mask((*expected)["compressed_rle"]),
                    "the runs of the mask add up to 100, not to its 1350 x 1080 = 1458000 pixels");
}
