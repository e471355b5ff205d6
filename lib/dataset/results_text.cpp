// Detections as text files, one an image: what YOLO programs write, and VOC's.
#include "label_text.hpp"
#include "object_builder.hpp"
#include "voc_box.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/dataset/image_names.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <system_error>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;
using Fields = std::vector<std::string_view>;

constexpr double kRounding = 1e-6;  ///< of shares that were written with six digits

[[noreturn]] void fail(const std::string& place, const std::string& problem) {
  throw Error(ErrorKind::input, place + ": " + problem);
}

/// All .txt files below the folder, sorted, with their names relative to it and without ".txt".
std::vector<std::pair<fs::path, std::string>> text_files(const fs::path& folder) {
  std::vector<std::pair<fs::path, std::string>> files;
  std::error_code problem;
  for (fs::recursive_directory_iterator it(folder, problem), end; !problem && it != end;
       it.increment(problem)) {
    if (lower_ascii(it->path().extension().string()) != ".txt") continue;
    const fs::path name = it->path().lexically_relative(folder);
    files.emplace_back(it->path(), (name.parent_path() / name.stem()).generic_string());
  }
  if (problem) fail(folder.string(), "cannot be read: " + problem.message());
  std::sort(files.begin(), files.end());
  return files;
}

/// Reads every file that belongs to a labelled image.
template <class AddRow>
FoundFiles read_files(const fs::path& folder, const ObjectTruth& truth, bool allow_unlabelled,
                      const AddRow& add_row) {
  FoundFiles out;
  const ImageNames names(truth.images);
  std::set<std::uint32_t> seen;
  for (const auto& [file, name] : text_files(folder)) {
    const auto image = names.find(name);
    if (!image && allow_unlabelled) {
      ++out.unlabelled;
      continue;
    }
    if (!image) {
      const std::string similar = names.similar(name);
      fail(file.string(),
           similar.empty()
               ? std::string(
                     "the labels have no image of this name; --allow-unlabelled leaves it out")
               : fmt::format("the labels have no image of this name, but \"{}\": rename one of the "
                             "two",
                             printable(similar)));
    }
    if (!seen.insert(*image).second)
      fail(file.string(),
           fmt::format("a second file for image \"{}\"", printable(truth.images[*image].name)));
    ++out.files;
    for_each_label_row(file, [&, image = *image](const Fields& fields, const std::string& place) {
      add_row(out.found, image, fields, place);
    });
  }
  const auto outlined = [](const Outline& outline) { return !outline.empty(); };
  if (std::none_of(out.found.outlines.begin(), out.found.outlines.end(), outlined))
    out.found.outlines.clear();
  return out;
}

double confidence(const Fields& fields, std::size_t field, const std::string& place) {
  const double score = label_number(fields, field, place);
  if (score < 0.0 || score > 1.0)
    fail(place, fmt::format("field {}: expected a confidence from 0 to 1, found {}", field, score));
  return score;
}

std::uint32_t class_number(const Fields& fields, std::size_t classes, const std::string& place) {
  const double number = label_number(fields, 1, place);
  if (number < 0 || number >= static_cast<double>(classes) ||
      number != static_cast<double>(static_cast<std::uint32_t>(number)))
    fail(place, fmt::format("field 1: expected a class from 0 to {}, found \"{}\"", classes - 1,
                            printable(fields[0])));
  return static_cast<std::uint32_t>(number);
}

void add_yolo_row(FoundObjects& found, std::uint32_t image, const ObjectTruth& truth,
                  const Fields& fields, const std::string& place) {
  const ObjectImage& picture = truth.images[image];
  if (picture.width == 0 || picture.height == 0)
    fail(place, fmt::format("the size of image \"{}\" is not known: its labels do not say it",
                            printable(picture.name)));
  const std::size_t numbers = fields.size() - 2;  // without class and confidence
  if (fields.size() < 6 || (numbers != 4 && (numbers < 6 || numbers % 2 != 0)))
    fail(place, fmt::format("expected class cx cy w h confidence, or class, three or more points x "
                            "y, and confidence; found {} fields",
                            fields.size()));
  std::vector<double> pixels;
  for (std::size_t i = 0; i < numbers; ++i) {
    const double share = label_number(fields, i + 2, place);
    if (share < -kRounding || share > 1 + kRounding)
      fail(place, fmt::format("field {}: expected a share from 0 to 1, found {}", i + 2, share));
    pixels.push_back(share * (i % 2 == 0 ? picture.width : picture.height));
  }
  FoundObject object{image,
                     class_number(fields, truth.classes.size(), place),
                     {},
                     confidence(fields, fields.size(), place)};
  Outline outline;
  if (numbers == 4) {
    object.box = {pixels[0] - pixels[2] / 2, pixels[1] - pixels[3] / 2, pixels[2], pixels[3]};
  } else {
    object.box = box_around(pixels);
    outline.polygons.push_back(std::move(pixels));
  }
  found.objects.push_back(object);
  found.outlines.push_back(std::move(outline));
}

}  // namespace

FoundFiles read_found_yolo(const fs::path& folder, const ObjectTruth& truth,
                           bool allow_unlabelled) {
  return read_files(
      folder, truth, allow_unlabelled,
      [&](FoundObjects& found, std::uint32_t image, const Fields& fields,
          const std::string& place) { add_yolo_row(found, image, truth, fields, place); });
}

FoundFiles read_found_voc(const fs::path& folder, ObjectTruth& truth, bool allow_unlabelled) {
  constexpr std::size_t kNumbers = 5;
  const auto label_of = [&](const Fields& fields) {
    const std::string name =
        fmt::format("{}", fmt::join(fields.begin(), fields.end() - kNumbers, " "));
    const auto known = std::find(truth.classes.begin(), truth.classes.end(), name);
    const auto label = static_cast<std::uint32_t>(known - truth.classes.begin());
    if (known == truth.classes.end()) truth.classes.push_back(name);
    return label;
  };
  return read_files(folder, truth, allow_unlabelled,
                    [&](FoundObjects& found, std::uint32_t image, const Fields& fields,
                        const std::string& place) {
                      if (fields.size() <= kNumbers)
                        fail(place, fmt::format("expected class confidence left top right bottom, "
                                                "found {} fields",
                                                fields.size()));
                      const std::size_t first = fields.size() - kNumbers + 1;
                      const double score = confidence(fields, first, place);
                      found.objects.push_back(
                          {image, label_of(fields), voc_box(fields, first + 1, place), score});
                    });
}

}  // namespace zeromiss
