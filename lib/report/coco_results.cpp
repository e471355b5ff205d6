#include <zeromiss/base/atomic_file.hpp>
#include <zeromiss/base/error.hpp>
#include <zeromiss/base/json.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/report/coco_results.hpp>
#include <zeromiss/report/results_file.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace zeromiss {
namespace {

using Json = nlohmann::ordered_json;
using Numbers = std::map<std::string, std::int64_t>;

std::int64_t number_of(const Numbers& numbers, const std::string& name, const char* what) {
  const auto found = numbers.find(name);
  if (found == numbers.end())
    throw Error(ErrorKind::input,
                fmt::format("--coco-ids: has no {} \"{}\"", what, printable(name)));
  return found->second;
}

Numbers class_numbers(const std::filesystem::path& folder) {
  const auto run = JsonDocument::read(folder / kRunFile, ErrorKind::input);
  const JsonNode classes = run.root().at("model").at("classes");
  Numbers numbers;
  for (std::size_t i = 0; i < classes.size(); ++i)
    numbers[classes.at(i).at("name").string()] = static_cast<std::int64_t>(i) + 1;
  return numbers;
}

Json entry(const RecordDefect& defect, const std::string& image, std::int64_t image_id,
           std::int64_t category_id) {
  const Box& box = defect.box;
  Json json = {{"image_id", image_id},
               {"category_id", category_id},
               {"bbox", {box.x, box.y, box.width, box.height}},
               {"score", defect.score}};
  if (defect.mask)
    json["segmentation"] = {{"size", {defect.mask->height, defect.mask->width}},
                            {"counts", defect.mask->counts}};
  json["file_name"] = image;
  return json;
}

}  // namespace

void write_coco_results(const std::filesystem::path& folder, const CocoIds* ids) {
  const Numbers classes = ids == nullptr ? class_numbers(folder) : ids->categories;
  AtomicFile file(folder / kCocoFile);
  file.append("[");
  bool first = true;
  std::int64_t position = 0;
  for_each_record(folder / kResultsFile, ErrorKind::input, [&](const Record& record) {
    ++position;
    if (!record.defects) return;
    for (const RecordDefect& defect : *record.defects) {
      const std::int64_t image =
          ids == nullptr ? position : number_of(ids->images, record.image, "image");
      const std::int64_t category = number_of(classes, defect.label, "category");
      file.append(first ? "\n" : ",\n");
      file.append(json_line(entry(defect, record.image, image, category)));
      first = false;
    }
  });
  file.append(first ? "]\n" : "\n]\n");
  file.commit();
}

}  // namespace zeromiss
