#include "support/catch.hpp"

#include <zeromiss/dataset/image_names.hpp>

using namespace zeromiss;

namespace {

std::optional<std::uint32_t> found(const std::vector<std::string>& labelled,
                                   const std::string& name) {
  std::vector<ObjectImage> images;
  for (const auto& one : labelled) images.push_back({one});
  return ImageNames(images).find(name);
}

}  // namespace

TEST_CASE("an image is found by its name, without its extension, or by the end of its path",
          "[names]") {
  CHECK(found({"a.png", "b.png"}, "b.png") == 1U);
  CHECK(found({"lot1/a.png"}, "lot1/a") == 0U);
  CHECK(found({"lot1/a.png"}, "a") == 0U);
  CHECK(found({"a.png"}, "lot1/a.png") == 0U);
  CHECK(found({"lot1/a.png"}, "test/lot1/a") == 0U);
  CHECK(found({"test/lot1/a.png"}, "lot1/a") == 0U);
}

TEST_CASE("an image of another folder is another image", "[names][error]") {
  CHECK_FALSE(found({"lot1/0001.png"}, "lot2/0001"));
  CHECK_FALSE(found({"lot1/0001.png"}, "lot2/0001.png"));
  CHECK_FALSE(found({"x/lot1/0001.png"}, "y/lot1/0001"));
  CHECK_FALSE(found({"lot1/0001.png"}, "1/0001"));  // the end of the text, not of the path
  CHECK_FALSE(found({"0001.png"}, "10001"));
  CHECK_FALSE(found({"lot1/0001.png", "lot2/0001.png"}, "0001"));  // which of the two?
}
