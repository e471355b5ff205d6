#include <zeromiss/base/error.hpp>
#include <zeromiss/base/files.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/dataset/coco.hpp>
#include <zeromiss/dataset/ground_truth.hpp>
#include <zeromiss/dataset/image_names.hpp>
#include <zeromiss/dataset/object_readers.hpp>
#include <zeromiss/dataset/splits.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <unordered_map>
#include <unordered_set>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kNoObject = "(no object)";
constexpr std::uintmax_t kLargestText = 64U << 20U;

/// Names of folders that are splits, and which comes first.
std::optional<int> split_rank(const std::string& name) {
  const std::string lower = lower_ascii(name);
  if (lower == "train" || lower == "training") return 0;
  if (lower == "val" || lower == "valid" || lower == "validation") return 1;
  if (lower == "test" || lower == "testing") return 2;
  return std::nullopt;
}

std::vector<fs::path> splits_inside(const fs::path& folder) {
  std::vector<std::pair<int, fs::path>> found;
  std::error_code problem;
  for (fs::directory_iterator it(folder, problem), end; !problem && it != end;
       it.increment(problem))
    if (const auto rank = split_rank(it->path().filename().string());
        rank && it->is_directory(problem))
      found.emplace_back(*rank, it->path());
  std::sort(found.begin(), found.end());
  std::vector<fs::path> splits;
  for (auto& [rank, path] : found) splits.push_back(std::move(path));
  return splits;
}

using Labels = std::unordered_map<std::string, std::string>;

std::string joined(const std::set<std::string>& names) {
  return names.empty() ? std::string(kNoObject) : fmt::format("{}", fmt::join(names, "+"));
}

Labels labels_of_objects(const ObjectTruth& truth) {
  std::vector<std::set<std::string>> names(truth.images.size());
  for (const auto& object : truth.objects)
    names[object.image].insert(truth.classes.at(object.label));
  Labels labels;
  for (std::size_t i = 0; i < names.size(); ++i)
    labels.emplace(truth.images[i].name, joined(names[i]));
  return labels;
}

std::optional<fs::path> coco_beside(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code problem;
  for (fs::directory_iterator it(folder, problem), end; !problem && it != end;
       it.increment(problem))
    if (lower_ascii(it->path().extension().string()) == ".json" &&
        looks_like_coco_truth(it->path()))
      found.push_back(it->path());
  if (found.size() != 1) return std::nullopt;
  return found.front();
}

/// The class numbers in a YOLO text; a picture without a text is a background.
std::string yolo_label(const fs::path& file) {
  std::error_code problem;
  std::set<std::string> numbers;
  if (!fs::exists(file, problem)) return joined(numbers);
  const std::string text = read_text(file, ErrorKind::input, kLargestText);
  for (std::size_t from = 0; from < text.size();) {
    const auto end = std::min(text.find('\n', from), text.size());
    const std::string row = text.substr(from, end - from);
    const auto first = row.find_first_not_of(" \t\r");
    if (first != std::string::npos)
      numbers.insert(row.substr(first, row.find_first_of(" \t\r", first) - first));
    from = end + 1;
  }
  return joined(numbers);
}

class SplitReader {
 public:
  SplitReader(AuditSet& set, AuditSplit split, bool no_labels)
      : set_(set), split_(std::move(split)), no_labels_(no_labels) {}

  void read() {
    const Listing listing = list_inputs({split_.folder}, ListOptions{});
    for (const auto& skipped : listing.skipped)
      set_.skipped.push_back({split_.name + "/" + skipped.path, skipped.reason});
    collect(listing);
    if (names_.empty())
      throw Error(ErrorKind::input,
                  fmt::format("{}: no image there; expected the images of a split",
                              split_.folder.string()));
    read_labels();
    for (const auto& name : names_) {
      AuditImage image;
      image.name = name, image.split = set_.splits.size(), image.label = label_of(name);
      if (name.ends_with('/')) {
        image.error_code = "folder.unreadable";
        image.error = "cannot be listed: its images are unknown; mend the permissions";
      }
      set_.images.push_back(std::move(image));
      set_.files.push_back(split_.folder / name);
    }
    split_.images = names_.size();
    set_.splits.push_back(split_);
  }

 private:
  /// All images but masks.
  void collect(const Listing& listing) {
    std::unordered_set<std::string> jpegs;
    for (std::size_t i = 0; i < listing.images.size(); ++i) {
      const std::string name(listing.images[i]);
      const std::string extension = lower_ascii(fs::path(name).extension().string());
      if (extension == ".jpg" || extension == ".jpeg") jpegs.insert(without_image_extension(name));
    }
    std::size_t masks = 0;
    for (std::size_t i = 0; i < listing.images.size(); ++i) {
      std::string name(listing.images[i]);
      const bool png = lower_ascii(fs::path(name).extension().string()) == ".png";
      const bool mask = name.starts_with("ground_truth/") ||
                        (png && jpegs.contains(without_image_extension(name)));
      masks += mask ? 1 : 0;
      if (!mask) names_.push_back(std::move(name));
    }
    if (masks > 0)
      set_.notes.push_back(
          fmt::format("{}: {} masks (PNGs named like a JPEG beside them, or in "
                      "ground_truth/) are left out",
                      split_.name, masks));
  }

  void read_labels() {
    const fs::path& folder = split_.folder;
    std::error_code ignored;
    if (no_labels_) {
      split_.labels = "none";
    } else if (fs::is_regular_file(folder / "labels.csv", ignored)) {
      split_.labels = "csv";
      const GroundTruth truth = read_truth_csv(folder / "labels.csv");
      for (const auto& image : truth.images)
        if (image.label) labels_.emplace(image.image, truth.classes.at(*image.label));
    } else if (const auto coco = coco_beside(folder)) {
      split_.labels = "coco";
      labels_ = labels_of_objects(read_coco_truth(*coco));
    } else if (fs::is_directory(folder / "images", ignored) &&
               fs::is_directory(folder / "labels", ignored)) {
      split_.labels = "yolo";
    } else if (fs::is_directory(folder / "Annotations", ignored)) {
      split_.labels = "voc";
      labels_ = labels_of_objects(read_voc_xml(folder).truth);
    } else {
      const bool folders = std::any_of(names_.begin(), names_.end(), [](const std::string& name) {
        return name.find('/') != std::string::npos && !name.starts_with("images/");
      });
      split_.labels = folders ? "folder" : "none";
    }
    for (const auto& [name, label] : labels_)
      by_file_name_.emplace(fs::path(without_image_extension(name)).filename().string(), label);
  }

  [[nodiscard]] std::string label_of(const std::string& name) const {
    if (split_.labels == "none") return "";
    if (split_.labels == "yolo") {
      if (!name.starts_with("images/")) return "";
      constexpr std::size_t kImages = 7;
      return yolo_label(split_.folder / "labels" /
                        (without_image_extension(name.substr(kImages)) + ".txt"));
    }
    if (split_.labels == "folder") {
      const auto slash = name.find('/');
      return slash == std::string::npos ? "" : to_utf8(name.substr(0, slash));
    }
    if (const auto found = labels_.find(name); found != labels_.end()) return found->second;
    const auto found =
        by_file_name_.find(fs::path(without_image_extension(name)).filename().string());
    return found == by_file_name_.end() ? "" : found->second;
  }

  AuditSet& set_;
  AuditSplit split_;
  bool no_labels_;
  std::vector<std::string> names_;
  Labels labels_, by_file_name_;
};

}  // namespace

AuditSet read_audit_set(const std::vector<fs::path>& folders, const std::string& labels) {
  if (labels != "auto" && labels != "none")
    throw Error(ErrorKind::usage, fmt::format("--gt-format {}: expected auto or none", labels));
  AuditSet set;
  std::vector<fs::path> places = folders;
  std::error_code problem;
  for (auto& place : places) {
    if (!fs::is_directory(place, problem))
      throw Error(ErrorKind::input,
                  fmt::format("{}: is no folder; give one folder a split", place.string()));
    if (!place.has_filename()) place = place.parent_path();  // "train/"
  }
  if (places.size() == 1)
    if (auto inside = splits_inside(places.front()); inside.size() > 1) {
      std::vector<std::string> names;
      for (const auto& path : inside) names.push_back(path.filename().string());
      set.notes.push_back(fmt::format("{}: taken apart into its splits {}", places.front().string(),
                                      fmt::join(names, ", ")));
      places = std::move(inside);
    }
  std::set<fs::path> seen;
  std::map<std::string, int> names;
  for (const auto& place : places) {
    if (!seen.insert(fs::canonical(place, problem)).second)
      throw Error(ErrorKind::usage, fmt::format("{}: is given twice", place.string()));
    ++names[place.filename().string()];
  }
  for (const auto& place : places) {
    AuditSplit split;
    split.folder = place;
    const std::string name = place.filename().string();
    split.name = to_utf8(names[name] > 1 || name.empty() ? place.string() : name);
    SplitReader(set, std::move(split), labels == "none").read();
  }
  return set;
}

}  // namespace zeromiss
