#include <zeromiss/base/text.hpp>
#include <zeromiss/dataset/ground_truth.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <stdexcept>
#include <system_error>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

struct Format {
  TruthFormat format;
  std::string_view name;
  GroundTruth (*read)(const fs::path&);
};

constexpr std::array<Format, 3> kFormats{{
    {TruthFormat::class_folders, "folder", read_class_folders},
    {TruthFormat::mvtec, "mvtec", read_mvtec},
    {TruthFormat::csv, "csv", [](const fs::path& file) { return read_truth_csv(file); }},
}};

const Format& row(TruthFormat wanted) {
  for (const auto& format : kFormats)
    if (format.format == wanted) return format;
  throw std::logic_error("a label format without a reader");
}

}  // namespace

std::string_view truth_format_name(TruthFormat format) { return row(format).name; }

std::vector<std::string_view> truth_format_names() {
  std::vector<std::string_view> names;
  for (const auto& format : kFormats) names.push_back(format.name);
  return names;
}

TruthFormat parse_truth_format(std::string_view name) {
  for (const auto& format : kFormats)
    if (format.name == name) return format.format;
  throw Error(ErrorKind::usage,
              fmt::format("--gt-format {}: expected auto, one of {} (images), or coco, yolo, voc, "
                          "voc-text, labelme or cvat (objects), or mask (pixels)",
                          name, fmt::join(truth_format_names(), ", ")));
}

TruthFormat detect_truth_format(const fs::path& place) {
  std::error_code problem;
  const fs::file_status status = fs::status(place, problem);
  if (!fs::exists(status))
    throw Error(ErrorKind::input,
                fmt::format("{}: no ground truth there ({}); --gt takes a folder with one folder a "
                            "class, or a table .csv",
                            place.string(), problem ? problem.message() : "does not exist"));
  if (fs::is_directory(status)) {
    const bool object = fs::is_directory(place / "test" / "good", problem);
    return object ? TruthFormat::mvtec : TruthFormat::class_folders;
  }
  const std::string extension = lower_ascii(place.extension().string());
  if (extension == ".csv" || extension == ".tsv") return TruthFormat::csv;
  throw Error(ErrorKind::input,
              fmt::format("{}: labels of an unknown format; expected a folder with one folder a "
                          "class and the images in these, or a table .csv; --gt-format says what "
                          "it is",
                          place.string()));
}

GroundTruth read_ground_truth(const fs::path& place, TruthFormat format,
                              const std::string& size_column) {
  if (format == TruthFormat::csv) return read_truth_csv(place, size_column);
  return row(format).read(place);
}

}  // namespace zeromiss
