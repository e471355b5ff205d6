#include "object_inputs.hpp"

#include "class_list.hpp"
#include "found_inspect.hpp"
#include "score_messages.hpp"

#include <zeromiss/base/files.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/dataset/class_names.hpp>
#include <zeromiss/dataset/coco.hpp>
#include <zeromiss/dataset/object_readers.hpp>
#include <zeromiss/report/results_file.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <system_error>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 6> kTruthNames{"coco", "voc",     "voc-text",
                                                 "yolo", "labelme", "cvat"};
constexpr std::array<const char*, 4> kFoundNames{"coco", "yolo", "voc-text", "inspect"};

bool has_extension(const fs::path& file, std::string_view extension) {
  return lower_ascii(file.extension().string()) == extension;
}

/// What stands directly in a folder.
struct FolderContent {
  bool folders = false, xml = false, json = false, text = false;
};

FolderContent look_into(const fs::path& folder) {
  FolderContent content;
  std::error_code problem;
  for (fs::directory_iterator it(folder, problem), end; !problem && it != end;
       it.increment(problem)) {
    const fs::path& file = it->path();
    if (file.filename().string().front() == '.') continue;
    content.folders = content.folders || it->is_directory(problem);
    content.xml = content.xml || has_extension(file, ".xml");
    content.json = content.json || has_extension(file, ".json");
    content.text = content.text || has_extension(file, ".txt");
  }
  return content;
}

/// The folder of XML files: the one given, or Annotations in a copy of VOC's own layout.
fs::path voc_folder(const fs::path& place) {
  std::error_code ignored;
  return fs::is_directory(place / "Annotations", ignored) ? place / "Annotations" : place;
}

/// "" when the place holds no labels of objects.
std::string detect_truth(const fs::path& place) {
  std::error_code ignored;
  if (!fs::is_directory(place, ignored)) {
    if (has_extension(place, ".yaml") || has_extension(place, ".yml")) return "yolo";
    if (has_extension(place, ".xml")) return "cvat";
    return looks_like_coco_truth(place) ? "coco" : "";
  }
  if (fs::exists(place / "data.yaml", ignored)) return "yolo";
  // YOLO's two folders without the file that names the classes: read_yolo() asks for it.
  if (fs::is_directory(place / "images", ignored) && fs::is_directory(place / "labels", ignored))
    return "yolo";
  if (fs::is_directory(place / "Annotations", ignored)) return "voc";
  const FolderContent content = look_into(place);
  if (content.folders) return "";  // one folder a class, MVTec AD
  if (content.xml) return "voc";
  if (content.json) return "labelme";
  return content.text ? "voc-text" : "";
}

/// Rows of six fields that begin with a number and hold shares are YOLO's; VOC's are pixels.
std::string detect_found_text(const fs::path& folder) {
  std::error_code problem;
  bool some = false;
  for (fs::recursive_directory_iterator it(folder, problem), end; !problem && it != end;
       it.increment(problem)) {
    if (!has_extension(it->path(), ".txt")) continue;
    some = true;
    if (fs::file_size(it->path(), problem) == 0) continue;
    constexpr std::uintmax_t kLargest = 64U << 20U;
    const std::string text = read_text(it->path(), ErrorKind::input, kLargest);
    std::vector<std::string_view> fields;
    for (std::size_t from = 0; fields.empty() && from < text.size();) {
      const auto end_of_row = std::min(text.find('\n', from), text.size());
      std::string_view row = std::string_view(text).substr(from, end_of_row - from);
      for (std::size_t at = row.find_first_not_of(" \t\r"); at != std::string_view::npos;
           at = row.find_first_not_of(" \t\r")) {
        row.remove_prefix(at);
        const auto length = std::min(row.find_first_of(" \t\r"), row.size());
        fields.push_back(row.substr(0, length));
        row.remove_prefix(length);
      }
      from = end_of_row + 1;
    }
    if (fields.empty()) continue;
    const bool shares = std::all_of(fields.begin() + 1, fields.end(), [](std::string_view field) {
      const auto number = finite_number(field);
      return number && *number <= 1.0 + 1e-6;
    });
    return shares && finite_number(fields.front()) ? "yolo" : "voc-text";
  }
  if (some) return "voc-text";  // only empty files: nothing was found, in any format
  throw Error(ErrorKind::input,
              fmt::format("{}: no predictions there: neither {} nor a .txt file; "
                          "--predictions-format yolo or voc-text if nothing was found in any image",
                          folder.string(), kResultsFile));
}

std::string detect_found(const fs::path& place) {
  std::error_code problem;
  if (!fs::exists(place, problem))
    throw Error(ErrorKind::input, place.string() + ": no predictions there");
  if (fs::is_directory(place, problem))
    return fs::exists(place / kResultsFile, problem) ? "inspect" : detect_found_text(place);
  if (has_extension(place, ".jsonl")) return "inspect";
  if (looks_like_coco_results(place)) return "coco";
  throw Error(
      ErrorKind::input,
      fmt::format("{}: predictions of an unknown format; labels of objects are compared "
                  "with COCO results (.json), an output folder of inspect, or a folder of "
                  "text files (YOLO's with confidence, or VOC's); --predictions-format says "
                  "what it is",
                  place.string()));
}

template <std::size_t N>
bool is_one_of(const std::string& name, const std::array<const char*, N>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

ObjectLabels read_labels(const fs::path& place, const std::string& format) {
  if (format == "coco") return {read_coco_truth(place), {}};
  if (format == "voc") return read_voc_xml(voc_folder(place));
  if (format == "voc-text") return read_voc_text(place);
  if (format == "yolo") return read_yolo(place, "");
  if (format == "labelme") return read_labelme(place);
  return read_cvat(place);
}

void read_truth(const ScoreOptions& options, ObjectInputs& inputs) {
  const bool automatic = options.gt_format == "auto";
  inputs.gt_format = automatic ? detect_truth(options.ground_truth) : options.gt_format;
  ObjectLabels labels = read_labels(options.ground_truth, inputs.gt_format);
  inputs.truth = std::move(labels.truth);
  require_distinct_classes(inputs.truth.classes, options.ground_truth.string());
  inputs.label_folder = std::move(labels.folder);
  inputs.label_files = std::move(labels.files);
  note(options, fmt::format("ground truth: {} objects in {} images, {} classes, read as \"{}\"{}",
                            inputs.truth.objects.size(), inputs.truth.images.size(),
                            inputs.truth.classes.size(), inputs.gt_format,
                            automatic ? " (--gt-format overrides)" : ""));
  if (inputs.gt_format == "yolo" && !labels.notes.empty())
    note(options, fmt::format("ground truth: split \"{}\"; {} pictures without labels, taken for "
                              "backgrounds",
                              labels.notes.front().path, labels.notes.size() - 1));
  if (options.verbose)
    for (const Skipped& entry : labels.notes)
      note(options, fmt::format("labels: {} ({})", printable(entry.path), entry.reason));
}

/// --classes: their order, and those that never occur.
void order_classes(const ScoreOptions& options, ObjectInputs& inputs) {
  auto names = class_list(options.classes);
  if (names.empty()) return;
  std::vector<std::uint32_t> place;
  for (const std::string& name : inputs.truth.classes) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end())
      throw Error(ErrorKind::usage,
                  fmt::format("--classes: \"{}\" occurs and is not listed", printable(name)));
    place.push_back(static_cast<std::uint32_t>(found - names.begin()));
  }
  for (auto& object : inputs.truth.objects) object.label = place[object.label];
  for (auto& object : inputs.found.objects) object.label = place[object.label];
  inputs.truth.classes = std::move(names);
  inputs.truth.class_ids.clear();
}

/// YOLO's files number the classes, and only YOLO's labels say in which order.
void require_class_order(const ScoreOptions& options, ObjectInputs& inputs) {
  if (inputs.gt_format == "yolo") return;
  if (options.classes.empty())
    refuse_usage(
        fmt::format("--classes is missing: YOLO's predictions number the classes, and the "
                    "labels ({}) do not say in which order",
                    inputs.gt_format));
  order_classes(options, inputs);
}

void read_text_files(const ScoreOptions& options, ObjectInputs& inputs) {
  const fs::path& place = options.predictions;
  FoundFiles files = inputs.predictions_format == "yolo"
                         ? read_found_yolo(place, inputs.truth, options.allow_unlabelled)
                         : read_found_voc(place, inputs.truth, options.allow_unlabelled);
  inputs.found = std::move(files.found);
  inputs.unlabelled = files.unlabelled;
  const std::uint64_t without = inputs.truth.images.size() - files.files;
  if (without > 0)
    note(options, fmt::format("predictions: {} labelled images have no file: nothing was found in "
                              "them",
                              without));
}

void read_found(const ScoreOptions& options, ObjectInputs& inputs) {
  const bool automatic = options.predictions_format == "auto";
  std::string& format = inputs.predictions_format;
  format = automatic ? detect_found(options.predictions) : options.predictions_format;
  if (format == "coco") inputs.found = read_coco_results(options.predictions, inputs.truth);
  if (format == "inspect") read_found_inspect(options, inputs);
  if (format == "yolo") require_class_order(options, inputs);
  if (format == "yolo" || format == "voc-text") read_text_files(options, inputs);
  require_distinct_classes(inputs.truth.classes,  // with those that only predictions name
                           options.predictions.string() + " and the ground truth together");
  note(options,
       fmt::format("predictions: {} detections, read as \"{}\"{}", inputs.found.objects.size(),
                   format, automatic ? " (--predictions-format overrides)" : ""));
}

}  // namespace

bool are_object_labels(const ScoreOptions& options) {
  if (options.gt_format != "auto") return is_one_of(options.gt_format, kTruthNames);
  return !detect_truth(options.ground_truth).empty();
}

ObjectInputs read_objects(const ScoreOptions& options) {
  if (options.predictions_format != "auto" && !is_one_of(options.predictions_format, kFoundNames))
    refuse_usage(
        fmt::format("--predictions-format {}: for labels of objects expected auto or one "
                    "of {}",
                    options.predictions_format, fmt::join(kFoundNames, ", ")));
  ObjectInputs inputs;
  read_truth(options, inputs);
  read_found(options, inputs);
  order_classes(options, inputs);
  return inputs;
}

}  // namespace zeromiss
