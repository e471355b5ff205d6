#include "evaluation_pictures.hpp"

#include <zeromiss/base/files.hpp>
#include <zeromiss/image/decode.hpp>
#include <zeromiss/image/encode.hpp>

#include <algorithm>
#include <system_error>
#include <vector>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

constexpr int kSide = 160, kSideWithBoxes = 320;  // pixels
constexpr int kQuality = 80;

std::vector<fs::path> folders(const ScoreOptions& options) {
  if (!options.images.empty()) return {options.images};
  std::error_code ignored;
  const fs::path& labels = options.ground_truth;
  const fs::path base = fs::is_directory(labels, ignored) ? labels : labels.parent_path();
  std::vector<fs::path> found;
  for (const char* inner : {"", "images", "JPEGImages", "test"}) found.push_back(base / inner);
  for (const char* beside : {"images", "JPEGImages"}) found.push_back(base / ".." / beside);
  return found;
}

/// Labels are somebody's text: no name in them may reach outside the folder of pictures.
bool stays_inside(const fs::path& name) {
  return name.is_relative() && std::find(name.begin(), name.end(), "..") == name.end();
}

std::optional<EvaluationPicture> picture(const fs::path& file, bool sized) {
  try {
    const FileContent content = read_image_file(file);
    if (!sized)
      return EvaluationPicture{encode_jpeg(decode_thumbnail(content.bytes, {}, kSide), kQuality)};
    const Image image = decode(content.bytes, {});
    return EvaluationPicture{encode_jpeg(thumbnail(image.pixels, kSideWithBoxes), kQuality),
                             image.pixels.cols, image.pixels.rows};
  } catch (const std::exception&) {  // also for want of memory: the figures do not need it
    return std::nullopt;
  }
}

}  // namespace

std::function<std::optional<fs::path>(const std::string&)> picture_finder(
    const ScoreOptions& options) {
  return [places = folders(options)](const std::string& name) -> std::optional<fs::path> {
    if (!stays_inside(name)) return std::nullopt;
    for (const auto& place : places) {
      std::error_code ignored;
      if (fs::is_regular_file(place / name, ignored)) return place / name;
    }
    return std::nullopt;
  };
}

std::function<std::optional<EvaluationPicture>(const std::string&)> picture_maker(
    const ScoreOptions& options, bool sized) {
  return [find = picture_finder(options),
          sized](const std::string& name) -> std::optional<EvaluationPicture> {
    const auto file = find(name);
    return file ? picture(*file, sized) : std::nullopt;
  };
}

}  // namespace zeromiss
