// The same labels as YOLO and as COCO, ../shared/data/wafer-die-dev: two independent exports.
#include "support/catch.hpp"
#include "support/shared_file.hpp"

#include <zeromiss/dataset/object_readers.hpp>

#include <map>
#include <string>

using namespace zeromiss;
using Json = nlohmann::json;

namespace {

/// COCO's numbers are rounded to a tenth of a pixel, corner and size each.
constexpr double kRounding = 0.151;

std::map<std::int64_t, std::string> names_of(const Json& list, const char* key) {
  std::map<std::int64_t, std::string> names;
  for (const auto& one : list) names[one["id"].get<std::int64_t>()] = one[key].get<std::string>();
  return names;
}

}  // namespace

TEST_CASE("the YOLO side of wafer-die-dev has the boxes of its COCO side") {
  const auto coco = shared_json("data/wafer-die-dev/test/coco.json");
  if (!coco) return;
  const auto truth =
      read_yolo(std::filesystem::path(ZEROMISS_SHARED_DIR) / "data/wafer-die-dev/data.yaml", "val")
          .truth;
  REQUIRE(truth.images.size() == (*coco)["images"].size());
  REQUIRE(truth.objects.size() == (*coco)["annotations"].size());
  const auto files = names_of((*coco)["images"], "file_name");
  const auto classes = names_of((*coco)["categories"], "name");
  std::multimap<std::string, const LabelledObject*> by_image;
  for (const auto& object : truth.objects)
    by_image.emplace(truth.images[object.image].name, &object);
  for (const auto& one : (*coco)["annotations"]) {
    const std::string& file = files.at(one["image_id"].get<std::int64_t>());
    INFO(file << " " << one["bbox"].dump());
    bool found = false;
    const auto [begin, end] = by_image.equal_range(file);
    for (auto it = begin; it != end && !found; ++it) {
      bool same =
          truth.classes[it->second->label] == classes.at(one["category_id"].get<std::int64_t>());
      for (std::size_t i = 0; i < 4; ++i)
        same = same && std::abs((*it->second->box)[i] - one["bbox"][i].get<double>()) < kRounding;
      found = same;
    }
    CHECK(found);
  }
}
