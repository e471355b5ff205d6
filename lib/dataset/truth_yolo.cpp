// YOLO: data.yaml names the classes and the folders of pictures; the labels of images/a/b.jpg are
// in labels/a/b.txt, in shares of the picture.
#include "label_text.hpp"
#include "object_builder.hpp"

#include <zeromiss/base/files.hpp>
#include <zeromiss/base/presence.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/image/decode.hpp>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <map>
#include <set>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kLargestYaml = 1U << 20U;
constexpr std::size_t kMostClasses = 100'000;
constexpr double kRounding = 1e-6;  ///< of shares that were written with six digits

[[noreturn]] void fail(const fs::path& file, const std::string& problem) {
  throw Error(ErrorKind::input, file.string() + ": " + problem);
}

struct DataFile {
  std::vector<std::string> classes;
  fs::path images;    ///< folder of the pictures
  std::string split;  ///< which of the splits this is
};

std::string scalar(const fs::path& file, const YAML::Node& node, const std::string& key) {
  if (!node.IsScalar() || node.Scalar().empty()) fail(file, key + ": expected a text");
  return node.Scalar();
}

/// A list, or a mapping from 0, 1, 2 … to names.
std::vector<std::string> class_names(const fs::path& file, const YAML::Node& names) {
  if (!names || (!names.IsSequence() && !names.IsMap()))
    fail(file, "names: expected the list of classes");
  if (names.size() == 0 || names.size() > kMostClasses) fail(file, "names: expected some classes");
  std::vector<std::string> classes(names.size());
  std::set<std::string> seen;
  std::size_t place = 0;
  for (const auto& entry : names) {
    if (names.IsMap()) {
      const auto number = finite_number(scalar(file, entry.first, "names"));
      if (!number || *number != static_cast<double>(place))
        fail(file, fmt::format("names: expected the number {} next, found {}", place,
                               printable(entry.first.Scalar())));
    }
    const auto& name = names.IsMap() ? entry.second : static_cast<const YAML::Node&>(entry);
    classes[place] = scalar(file, name, fmt::format("names[{}]", place));
    if (!seen.insert(classes[place]).second)
      fail(file, fmt::format("names: \"{}\" is there twice", printable(classes[place])));
    ++place;
  }
  return classes;
}

void refuse_doubles(const fs::path& file, const YAML::Node& root) {
  std::set<std::string> keys;
  for (const auto& entry : root)
    if (entry.first.IsScalar() && !keys.insert(entry.first.Scalar()).second)
      fail(file, fmt::format("key {} is there twice", printable(entry.first.Scalar())));
}

fs::path images_folder(const fs::path& file, const YAML::Node& root, const std::string& split) {
  if (!root[split]) fail(file, fmt::format("names no folder of pictures \"{}\"", split));
  fs::path base = file.parent_path();
  if (root["path"]) base /= scalar(file, root["path"], "path");
  const fs::path folder = base / scalar(file, root[split], split);
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored))
    fail(file, fmt::format("{}: there is no folder {}", split, folder.string()));
  return folder;
}

DataFile read_data_file(const fs::path& file, std::string split) {
  const std::string text = read_text(file, ErrorKind::input, kLargestYaml);
  try {
    const YAML::Node root = YAML::Load(text);
    if (!root.IsMap()) fail(file, "expected keys such as names and test");
    refuse_doubles(file, root);
    DataFile data;
    data.classes = class_names(file, root["names"]);
    if (const auto count = root["nc"]; count && finite_number(scalar(file, count, "nc")) !=
                                                    static_cast<double>(data.classes.size()))
      fail(file,
           fmt::format("nc is {}, but there are {} names", count.Scalar(), data.classes.size()));
    if (split.empty()) split = root["test"] ? "test" : "val";
    data.images = images_folder(file, root, split);
    data.split = std::move(split);
    return data;
  } catch (const YAML::Exception& error) {
    throw Error(ErrorKind::input, fmt::format("{}:{}: not valid YAML: {}", file.string(),
                                              error.mark.line + 1, error.msg));
  }
}

/// ".../images/a" -> ".../labels/a", the last folder of this name.
fs::path labels_folder(const fs::path& images) {
  std::vector<fs::path> parts(images.begin(), images.end());
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    if (*part != "images") continue;
    *part = "labels";
    fs::path folder;
    for (const auto& one : parts) folder /= one;
    return folder;
  }
  fail(images, "no part of it is called images, so its labels cannot be found");
}

/// "lot1/a.b.png" -> "lot1/a.b"
std::string without_extension(std::string_view name) {
  return fs::path(name).replace_extension().generic_string();
}

/// The text files below a folder. What cannot be looked at is an error, never "no labels": that
/// would make a defective picture a background.
class TextFiles {
 public:
  explicit TextFiles(const fs::path& folder) : folder_(folder) {
    std::error_code problem;
    if (!fs::is_directory(folder, problem))
      fail(folder, "there is no such folder of labels; a set without any has an empty one");
    ListOptions options;
    options.all_files = options.follow_links = true;
    const Listing listing = list_inputs({folder}, options);
    for (const Skipped& skipped : listing.skipped)
      fail(folder / skipped.path, skipped.reason + "; its labels would be those of other pictures");
    for (std::size_t i = 0; i < listing.images.size(); ++i) add(std::string(listing.images[i]));
  }

  /// Where the labels of a picture are expected.
  [[nodiscard]] fs::path place_of(std::string_view picture) const {
    return folder_ / (without_extension(picture) + ".txt");
  }
  /// Where they are; empty: it has none.
  [[nodiscard]] fs::path find(std::string_view picture) const {
    const auto found = files_.find(without_extension(picture));
    if (found != files_.end()) return found->second;
    const fs::path place = place_of(picture);  // a folder of this name is no text file
    return is_there(place, ErrorKind::input) ? place : fs::path();
  }
  [[nodiscard]] const std::map<std::string, fs::path>& all() const { return files_; }
  [[nodiscard]] const fs::path& folder() const { return folder_; }

 private:
  void add(const std::string& name) {
    const fs::path file = folder_ / name;
    if (name.ends_with('/')) fail(file, "cannot be read, so the labels in it are not known");
    if (lower_ascii(file.extension().string()) != ".txt") return;
    const auto [known, is_new] = files_.emplace(without_extension(name), file);
    if (!is_new) fail(file, "names the same picture as " + known->second.filename().string());
  }

  fs::path folder_;
  std::map<std::string, fs::path> files_;  ///< by path below the folder, without extension
};

class YoloReader {
 public:
  YoloReader(const DataFile& data, const fs::path& place)
      : data_(data), labels_(labels_folder(data.images)), builder_(place.string(), data.classes) {}

  ObjectLabels read() {
    const Listing listing = list_inputs({data_.images}, ListOptions{});
    builder_.note(data_.split, "the split that was taken");
    builder_.read_from(labels_.folder());
    std::set<std::string> used;
    for (std::size_t i = 0; i < listing.images.size(); ++i) {
      const std::string name(listing.images[i]);
      if (!used.insert(without_extension(name)).second)
        fail(labels_.place_of(name), "belongs to two pictures");
      add_image(name, labels_.find(name));
    }
    refuse_left_over(used);
    return builder_.take();
  }

 private:
  void add_image(const std::string& name, const fs::path& labels) {
    const fs::path file = data_.images / name;
    DecodeOptions options{};
    options.sixteen_bit = SixteenBitRule::scale;
    options.alpha = AlphaRule::ignore;
    options.orientation = OrientationRule::apply;
    options.frames = FramesRule::first;
    try {
      const auto picture = decode(read_image_file(file).bytes, options);
      width_ = picture.pixels.cols;
      height_ = picture.pixels.rows;
    } catch (const ItemError& error) {
      fail(file, fmt::format("its size is needed for the labels: {}", error.what()));
    }
    image_ = builder_.add_image(name, static_cast<std::uint32_t>(width_),
                                static_cast<std::uint32_t>(height_));
    if (labels.empty())
      builder_.note(name, "no labels: taken for a background");
    else
      add_rows(labels);
  }

  void add_rows(const fs::path& labels) {
    builder_.read(labels);
    for_each_label_row(
        labels, [this](const auto& fields, const std::string& place) { add_row(fields, place); });
  }

  void add_row(const std::vector<std::string_view>& fields, const std::string& place) {
    const auto label = finite_number(fields[0]);
    if (!label || *label < 0 || *label >= static_cast<double>(data_.classes.size()) ||
        *label != static_cast<double>(static_cast<std::size_t>(*label)))
      fail(place, fmt::format("field 1: expected a class from 0 to {}, found \"{}\"",
                              data_.classes.size() - 1, printable(fields[0])));
    std::vector<double> shares;
    for (std::size_t i = 1; i < fields.size(); ++i) {
      const auto share = finite_number(fields[i]);
      if (!share || *share < -kRounding || *share > 1 + kRounding)
        fail(place, fmt::format("field {}: expected a share from 0 to 1, found \"{}\"", i + 1,
                                printable(fields[i])));
      shares.push_back(*share * (i % 2 == 1 ? width_ : height_));
    }
    const auto& name = data_.classes[static_cast<std::size_t>(*label)];
    if (shares.size() == 4)
      return builder_.add(
          image_, name,
          BoxNumbers{shares[0] - shares[2] / 2, shares[1] - shares[3] / 2, shares[2], shares[3]});
    if (shares.size() < 6 || shares.size() % 2 != 0)
      fail(place, fmt::format("expected class cx cy w h, or class and three or more points x y; "
                              "found {} fields",
                              fields.size()));
    builder_.add(image_, name, std::move(shares));
  }

  /// Labels whose picture is gone would be defects that nobody looks for.
  void refuse_left_over(const std::set<std::string>& used) {
    for (const auto& [name, file] : labels_.all()) {
      if (used.contains(name)) continue;
      if (lower_ascii(file.filename().string()) != "classes.txt")
        fail(file, "labels without a picture");
      builder_.note(file.string(), "names of classes; those of data.yaml count");
    }
  }

  const DataFile& data_;
  TextFiles labels_;
  ObjectBuilder builder_;
  std::uint32_t image_ = 0;
  int width_ = 0, height_ = 0;
};

}  // namespace

ObjectLabels read_yolo(const fs::path& place, const std::string& split) {
  std::error_code ignored;
  const fs::path file = fs::is_directory(place, ignored) ? place / "data.yaml" : place;
  const DataFile data = read_data_file(file, split);
  return YoloReader(data, place).read();
}

}  // namespace zeromiss
