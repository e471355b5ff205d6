#include <zeromiss/base/files.hpp>
#include <zeromiss/base/json.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/image/encode.hpp>
#include <zeromiss/image/tiles.hpp>
#include <zeromiss/report/steps_report.hpp>
#include <zeromiss/tools/show_steps.hpp>

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <vector>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kPage = "steps.html";
constexpr std::size_t kMostTiles = 16;
constexpr std::uintmax_t kMaxManifestBytes = 16U << 20U;

/// The steps as the manifest has them, one line of JSON each; checked by read_package before, so
/// they hold numbers and known words only.
struct StepText {
  std::string op, json;
};

std::vector<StepText> step_texts(const ModelPackage& package) {
  const auto manifest =
      JsonDocument::read(package.folder / "model.json", ErrorKind::input, kMaxManifestBytes);
  const JsonNode list = manifest.root().at("input").at("steps");
  std::vector<StepText> texts;
  for (std::size_t i = 0; i < list.size(); ++i)
    texts.push_back({list.at(i).at("op").string(), json_line(list.at(i).raw())});
  return texts;
}

std::string_view color_name(ColorSpace color) {
  constexpr std::array<std::string_view, 6> kNames{"rgb", "bgr", "gray", "hsv", "lab", "ycbcr"};
  return kNames[static_cast<std::size_t>(color)];
}

/// Gray and RGB as they are; other colours channel by channel, side by side.
cv::Mat visible(const cv::Mat& picture, ColorSpace color) {
  const bool rgb = color == ColorSpace::rgb || color == ColorSpace::bgr;
  if (picture.channels() == 1 || rgb) return picture.isContinuous() ? picture : picture.clone();
  std::vector<cv::Mat> channels;
  cv::split(picture, channels);
  cv::Mat row;
  cv::hconcat(channels, row);
  return row;
}

/// The first, the last, and evenly those between.
std::vector<std::size_t> shown_tiles(std::size_t tiles) {
  std::set<std::size_t> shown;
  const std::size_t count = std::min(tiles, kMostTiles);
  for (std::size_t i = 0; i < count; ++i)
    shown.insert(count == 1 ? 0 : i * (tiles - 1) / (count - 1));
  return {shown.begin(), shown.end()};
}

/// Writes the pictures, and the page that shows them.
class Album {
 public:
  Album(const ShowStepsOptions& options, const ModelPackage& package, std::ostream& out)
      : folder_(options.output), color_(package.input.color), out_(out) {
    page_ = {{"image", to_utf8(options.image.filename().string())},
             {"model", package.name + " " + package.version},
             {"steps", Json::array()}};
  }

  /// @param name  of the file, after its number
  /// @param text  for the terminal
  /// @param step  for the page: its op and what else there is to say
  void add(const std::string& name, const std::string& text, const cv::Mat& picture, Json step) {
    const std::string file = fmt::format("{:02}-{}.png", number_++, name);
    const cv::Mat shown = step.at("op") == "decoded" ? picture : visible(picture, color_);
    write_file_atomically(folder_ / file, encode_png(shown));
    const std::string size = fmt::format("{}x{}", picture.cols, picture.rows);
    fmt::print(out_, "{:<28} {:>11}  {}\n", file, size, text);
    step["file"] = file;
    step["width"] = picture.cols;
    step["height"] = picture.rows;
    if (shown.cols != picture.cols) step["channels"] = true;
    page_["steps"].push_back(std::move(step));
  }

  void write_page() const { write_file_atomically(folder_ / kPage, steps_html(page_)); }

 private:
  fs::path folder_;
  ColorSpace color_;
  std::ostream& out_;
  Json page_;
  int number_ = 0;
};

void refuse_existing(const ShowStepsOptions& options) {
  std::error_code ignored;
  if (!options.overwrite && fs::exists(options.output, ignored))
    throw Error(ErrorKind::output,
                options.output.string() + ": exists; give another --output, or --overwrite");
  fs::create_directories(options.output, ignored);  // the first file says what is wrong
}

Image read_image(const ShowStepsOptions& options, const Preparer& preparer) {
  try {
    return preparer.decode(read_image_file(options.image).bytes);
  } catch (const ItemError& error) {
    throw Error(ErrorKind::input,
                fmt::format("{}: {}: {}", options.image.string(), error.code(), error.what()));
  }
}

void show(const Image& image, const ModelPackage& package, Album& album) {
  const std::vector<StepText> steps = step_texts(package);
  const auto said = [&](const StepText& step) {
    return Json{{"op", step.op}, {"json", step.json}};
  };
  album.add("decoded", "the decoded file", image.pixels, {{"op", "decoded"}});
  std::size_t next = 0;  // 0: the colour conversion
  const TiledPicture picture(image, package.input, [&](const cv::Mat& seen) {
    const bool first = next == 0;
    const std::string color(color_name(package.input.color));
    if (first)
      album.add("color-" + color, "color " + color, seen, {{"op", "color"}, {"color", color}});
    else
      album.add(steps[next - 1].op, steps[next - 1].json, seen, said(steps[next - 1]));
    ++next;
  });
  const std::size_t tiles = picture.areas().size(), each = next;
  for (const std::size_t tile : shown_tiles(tiles)) {
    next = each;
    const cv::Rect area = picture.areas()[tile];
    const std::string which =
        tiles == 1 ? ""
                   : fmt::format(" (tile {} of {}, at {},{})", tile + 1, tiles, area.x, area.y);
    const cv::Mat network = picture.pixels(tile, [&](const cv::Mat& seen) {
      const StepText& step = steps[next++ - 1];
      Json entry = said(step);
      if (tiles > 1)
        entry["tile"] = {{"number", tile + 1}, {"of", tiles}, {"x", area.x}, {"y", area.y}};
      album.add(tiles == 1 ? step.op : fmt::format("{}-tile-{}", step.op, tile + 1),
                step.json + which, seen, std::move(entry));
    });
    static_cast<void>(network);
  }
  album.write_page();
}

}  // namespace

int show_steps(const ShowStepsOptions& options, std::ostream& out) {
  if (options.model.empty() || options.image.empty() || options.output.empty())
    throw Error(ErrorKind::usage, "show-steps needs --model, --input and --output");
  const ModelPackage package = read_package(options.model);
  const Preparer preparer(package, options.prepare);
  const Image image = read_image(options, preparer);
  refuse_existing(options);
  Album album(options, package, out);
  try {
    show(image, package, album);
  } catch (const ItemError& error) {
    throw Error(ErrorKind::input,
                fmt::format("{}: {}: {}", options.image.string(), error.code(), error.what()));
  }
  fmt::print(out, "{}\n", (options.output / kPage).string());
  return kExitDone;
}

}  // namespace zeromiss
