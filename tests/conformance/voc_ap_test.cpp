// VOC's figures: padilla-24det-15gt, padilla-toy-cats and tf-object-detection-metrics of
// ../shared/vectors.
#include "support/catch.hpp"
#include "support/near.hpp"
#include "support/shared_file.hpp"

#include <zeromiss/metrics/coco_ap.hpp>
#include <zeromiss/metrics/voc_ap.hpp>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

using namespace zeromiss;
using Json = nlohmann::json;
namespace fs = std::filesystem;

namespace {

constexpr double kTenDigits = 1e-10;
const fs::path kVectors = fs::path(ZEROMISS_SHARED_DIR) / "vectors";

std::vector<fs::path> sorted_files(const fs::path& folder) {
  std::set<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.insert(entry.path());
  return {files.begin(), files.end()};
}

/// Lines "class [score] a b c d".
template <typename Use>
void for_each_line(const fs::path& file, bool with_score, Use use) {
  std::ifstream stream(file);
  std::string name;
  while (stream >> name) {
    double score = 1.0;
    if (with_score) stream >> score;
    double a = 0, b = 0, c = 0, d = 0;
    stream >> a >> b >> c >> d;
    use(score, a, b, c, d);
  }
}

DetectionSet padilla_people() {
  DetectionSet set;
  set.classes = 1;
  const fs::path folder = kVectors / "padilla-24det-15gt";
  for (const auto& file : sorted_files(folder / "groundtruths")) {
    const auto image = static_cast<std::uint32_t>(set.images++);
    for_each_line(file, false, [&](double, double x, double y, double w, double h) {
      set.truths.push_back({image, 0, {x, y, w, h}, w * h});
    });
    for_each_line(folder / "detections" / file.filename(), true,
                  [&](double score, double x, double y, double w, double h) {
                    set.detections.push_back({image, 0, {x, y, w, h}, w * h, score});
                  });
  }
  return set;
}

double number_in(const std::string& text, const std::string& tag) {
  std::smatch match;
  REQUIRE(std::regex_search(text, match, std::regex("<" + tag + ">([0-9.]+)</" + tag + ">")));
  return std::stod(match[1]);
}

/// @param longer  added to each side: 0 leaves corners as they are, 1 makes VOC's boxes continuous
DetectionSet padilla_cats(double longer) {
  DetectionSet set;
  set.classes = 1;
  const fs::path folder = kVectors / "padilla-toy-cats";
  for (const auto& file : sorted_files(folder / "voc_xml")) {
    const auto image = static_cast<std::uint32_t>(set.images++);
    const auto box = [&](double left, double top, double right, double bottom) {
      return Box{left, top, right - left + longer, bottom - top + longer};
    };
    std::ifstream stream(file);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    for (auto at = text.find("<bndbox>"); at != std::string::npos;
         at = text.find("<bndbox>", at + 1)) {
      const std::string part = text.substr(at, text.find("</bndbox>", at) - at);
      set.truths.push_back({image, 0,
                            box(number_in(part, "xmin"), number_in(part, "ymin"),
                                number_in(part, "xmax"), number_in(part, "ymax"))});
    }
    const fs::path detections = folder / "detections_xyrb" / (file.stem().string() + ".txt");
    for_each_line(detections, true, [&](double score, double l, double t, double r, double b) {
      set.detections.push_back({image, 0, box(l, t, r, b), 0, score});
    });
  }
  return set;
}

VocClass figures(const DetectionSet& set, double iou, BoxEnds ends) {
  return voc_ap(set, {iou, ends}).classes.at(0);
}

}  // namespace

TEST_CASE("padilla's 24 detections give the published average precisions") {
  const auto expected = shared_json("vectors/padilla-24det-15gt/expected.json");
  if (!expected) return;
  const DetectionSet set = padilla_people();
  for (const auto& [iou, value] : (*expected)["ap_11point"].items()) {
    INFO("IoU " << iou);
    const VocClass found = figures(set, std::stod(iou), BoxEnds::inclusive);
    CHECK(*found.ap_11_point.value == near(value.get<double>(), kTenDigits));
    CHECK(*found.ap_all_point.value ==
          near((*expected)["ap_allpoint"][iou].get<double>(), kTenDigits));
  }
  const auto& readme = (*expected)["readme"];
  const VocClass found = figures(set, 0.3, BoxEnds::inclusive);
  CHECK(found.tp == readme["tp"]);
  CHECK(found.fp == readme["fp"]);
  CHECK(found.truths == readme["npos"]);
  REQUIRE(found.curve.precision.size() == readme["precision"].size());
  for (std::size_t i = 0; i < found.curve.precision.size(); ++i)
    CHECK(found.curve.precision[i] == near(readme["precision"][i].get<double>(), 1e-12));
}

TEST_CASE("continuous boxes give padilla's other figures") {
  if (!shared_json("vectors/padilla-24det-15gt/expected.json")) return;
  const DetectionSet set = padilla_people();  // the folder's README names these two
  CHECK(*figures(set, 0.1, BoxEnds::continuous).ap_all_point.value ==
        near(0.2801328502, kTenDigits));
  CHECK(*figures(set, 0.3, BoxEnds::continuous).ap_all_point.value ==
        near(0.2253968254, kTenDigits));
}

TEST_CASE("padilla's cats give the published figures whichever way boxes end") {
  const auto expected = shared_json("vectors/padilla-toy-cats/expected.json");
  if (!expected) return;
  const DetectionSet corners = padilla_cats(0.0), longer = padilla_cats(1.0);
  for (const auto& [iou, values] : (*expected)["voc_recomputed"].items()) {
    INFO("IoU " << iou);
    for (const VocClass& found : {figures(corners, std::stod(iou), BoxEnds::inclusive),
                                  figures(corners, std::stod(iou), BoxEnds::continuous),
                                  figures(longer, std::stod(iou), BoxEnds::continuous)}) {
      CHECK(*found.ap_11_point.value == near(values["ap_11"].get<double>(), 1e-12));
      CHECK(*found.ap_all_point.value == near(values["ap_all"].get<double>(), 1e-12));
    }
  }
}

TEST_CASE("TensorFlow's precision, recall and area below them are ours") {
  const auto file = shared_json("vectors/tf-object-detection-metrics/expected.json");
  if (!file) return;
  const Json& area = (*file)["average_precision_all_point"];
  CHECK(ap_all_point({area["precision"].get<std::vector<double>>(),
                      area["recall"].get<std::vector<double>>()}) ==
        near(area["expected"].get<double>(), 1e-12));
  for (const char* name : {"precision_recall", "precision_recall_fractional_tp"}) {
    INFO(name);
    const Json& one = (*file)[name];
    std::vector<RankedHit> hits;
    for (std::size_t i = 0; i < one["scores"].size(); ++i)
      hits.push_back({one["scores"][i], one["tp"][i]});
    const DetectionCurve curve = detection_curve(hits, one["num_gt"].get<std::uint64_t>());
    REQUIRE(curve.precision.size() == one["precision"].size());
    for (std::size_t i = 0; i < curve.precision.size(); ++i) {
      CHECK(curve.precision[i] == near(one["precision"][i].get<double>(), 1e-8));
      CHECK(curve.recall[i] == near(one["recall"][i].get<double>(), 1e-12));
    }
  }
}

TEST_CASE("without objects there is no average precision") {
  const auto file = shared_json("vectors/tf-object-detection-metrics/expected.json");
  if (!file) return;
  REQUIRE((*file)["no_groundtruth"]["num_gt"] == 0);
  DetectionSet set{1, 1, {}, {{0, 0, {0, 0, 5, 5}, 25, 0.9}}, {}, {}};
  const VocResult result = voc_ap(set, {});
  CHECK(result.classes[0].ap_all_point.reason == "no_ground_truth");
  CHECK(result.ap_all_point.reason == "no_ground_truth");
  CHECK(result.classes[0].fp == 1);
}

TEST_CASE("recall at the first k detections of an image is TensorFlow's") {
  const auto file = shared_json("vectors/tf-object-detection-metrics/expected.json");
  if (!file) return;
  const Json& one = (*file)["recall_at_k"];
  // One object for each right detection, at its place; the other objects are in no detection's way.
  DetectionSet set;
  set.classes = 1;
  double place = 0.0;
  for (const auto& image : one["tp_per_image"]) {
    const auto number = static_cast<std::uint32_t>(set.images++);
    double score = 1.0;
    for (const auto& hit : image) {
      const Box box{place += 100.0, 0, 10, 10};
      set.detections.push_back({number, 0, box, 100, score -= 0.01});
      if (hit == 1) set.truths.push_back({number, 0, box, 100});
    }
  }
  while (set.truths.size() < one["num_gt"].get<std::size_t>())
    set.truths.push_back({0, 0, {place += 100.0, 0, 10, 10}, 100});
  CocoOptions options;
  options.most_detections = {1, 3, 5};
  const CocoTable table = coco_table(set, options);
  CHECK(table.mean_recall(0, 0, 0, 1).value == one["k1"].get<double>());
  CHECK(table.mean_recall(0, 1, 0, 1).value == one["k3"].get<double>());
  CHECK(table.mean_recall(0, 2, 0, 1).value == one["k5"].get<double>());
}
