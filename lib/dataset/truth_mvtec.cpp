// MVTec AD: the test images of one object, `good` and a folder a defect, with a mask for each
// defective one in ground_truth/. train/ holds no labels.
#include "truth_builder.hpp"

#include <zeromiss/base/text.hpp>

#include <fmt/format.h>

#include <map>
#include <set>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kGood = "good";
constexpr std::string_view kMaskEnd = "_mask";

std::string without_extension(std::string_view name) {
  const auto dot = name.rfind('.');
  return std::string(name.substr(0, dot));
}

/// "crack/000" -> the mask's path below the object.
std::map<std::string, std::string> masks_by_image(const fs::path& folder) {
  std::map<std::string, std::string> masks;
  const Listing listing = list_inputs({folder}, ListOptions{});
  require_no_links(listing, folder);
  for (std::size_t i = 0; i < listing.images.size(); ++i) {
    const std::string name(listing.images[i]);
    std::string stem = without_extension(name);
    if (stem.size() <= kMaskEnd.size() || !stem.ends_with(kMaskEnd))
      throw Error(ErrorKind::input,
                  fmt::format("{}: {} is no mask by its name; expected NNN_mask.png",
                              folder.string(), printable(name)));
    stem.resize(stem.size() - kMaskEnd.size());
    if (!masks.emplace(stem, "ground_truth/" + name).second)
      throw Error(ErrorKind::input,
                  fmt::format("{}: two masks for {}", folder.string(), printable(stem)));
  }
  return masks;
}

void add_masks(const fs::path& root, GroundTruth& truth) {
  const fs::path folder = root / "ground_truth";
  auto masks = masks_by_image(folder);
  for (const auto& image : truth.images) {
    const bool good = truth.classes[*image.label] == kGood;
    const auto mask = masks.find(without_extension(image.image));
    if (good != (mask == masks.end()))
      throw Error(ErrorKind::input,
                  fmt::format("{}: {} {}", folder.string(),
                              good ? "a mask, but the image is good:" : "no mask for",
                              printable(image.image)));
    truth.masks.push_back(good ? "" : mask->second);
    if (!good) masks.erase(mask);
  }
  if (!masks.empty())
    throw Error(ErrorKind::input, fmt::format("{}: the mask {} belongs to no image in test/",
                                              root.string(), printable(masks.begin()->second)));
}

}  // namespace

GroundTruth read_mvtec(const fs::path& root) {
  if (!fs::is_directory(root / "test" / kGood))
    throw Error(ErrorKind::input,
                fmt::format("{}: no folder test/good in it; --gt takes the folder of one object",
                            root.string()));
  GroundTruth truth = read_class_folders(root / "test");
  truth.format = TruthFormat::mvtec;
  truth.good = kGood;
  truth.folder = "test/";
  if (fs::is_directory(root / "ground_truth"))
    add_masks(root, truth);
  else
    truth.skipped.push_back({"ground_truth", "is not there: no masks"});
  if (fs::exists(root / "train")) truth.skipped.push_back({"train", "training images"});
  return truth;
}

}  // namespace zeromiss
