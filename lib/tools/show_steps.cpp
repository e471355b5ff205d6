#include <zeromiss/base/files.hpp>
#include <zeromiss/base/json.hpp>
#include <zeromiss/image/encode.hpp>
#include <zeromiss/image/tiles.hpp>
#include <zeromiss/tools/show_steps.hpp>

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <opencv2/core.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <vector>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

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
  Album(fs::path folder, ColorSpace color, std::ostream& out)
      : folder_(std::move(folder)), color_(color), out_(out) {}

  /// @param name  of the file, after its number
  void add(const std::string& name, const std::string& text, const cv::Mat& picture,
           bool decoded = false) {
    const std::string file = fmt::format("{:02}-{}.png", number_++, name);
    write_file_atomically(folder_ / file, encode_png(decoded ? picture : visible(picture, color_)));
    const std::string size = fmt::format("{}x{}", picture.cols, picture.rows);
    fmt::print(out_, "{:<28} {:>11}  {}\n", file, size, text);
    figures_ += fmt::format(
        "<figure><figcaption><b>{}</b> {}<br><code>{}</code></figcaption>"
        "<a href=\"{}\"><img src=\"{}\" alt=\"{}\"></a></figure>\n",
        file, size, text, file, file, file);
  }

  void write_page() const {
    write_file_atomically(
        folder_ / kPage,
        "<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Steps</title>\n"
        "<style>body{font-family:sans-serif;margin:1rem}figure{display:inline-block;margin:0 1rem "
        "1rem 0;vertical-align:top}figcaption{max-width:24rem;overflow-wrap:anywhere}"
        "img{max-width:24rem;max-height:24rem;min-width:8rem;image-rendering:pixelated;"
        "border:1px solid #888}</style>\n<h1>What the network sees, step by step</h1>\n" +
            figures_ + "</html>\n");
  }

 private:
  fs::path folder_;
  ColorSpace color_;
  std::ostream& out_;
  std::string figures_;
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
  album.add("decoded", "the decoded file", image.pixels, true);
  std::size_t next = 0;  // 0: the colour conversion
  const TiledPicture picture(image, package.input, [&](const cv::Mat& seen) {
    const bool first = next == 0;
    const std::string color(color_name(package.input.color));
    album.add(first ? "color-" + color : steps[next - 1].op,
              first ? "color " + color : steps[next - 1].json, seen);
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
      album.add(tiles == 1 ? step.op : fmt::format("{}-tile-{}", step.op, tile + 1),
                step.json + which, seen);
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
  Album album(options.output, package.input.color, out);
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
