#include "mask_folders.hpp"

#include "score_messages.hpp"

#include <zeromiss/base/files.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/dataset/ground_truth.hpp>
#include <zeromiss/dataset/image_names.hpp>
#include <zeromiss/dataset/listing.hpp>
#include <zeromiss/image/decode.hpp>

#include <fmt/format.h>
#include <opencv2/core/mat.hpp>

#include <map>
#include <system_error>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostPixels = 1'000'000'000;
constexpr std::string_view kMaskEnd = "_mask";

[[noreturn]] void fail(const fs::path& where, const std::string& problem) {
  throw Error(ErrorKind::input, fmt::format("{}: {}", where.string(), problem));
}

std::string stem_of(std::string_view name) {
  std::string stem = without_image_extension(name);
  if (stem.size() > kMaskEnd.size() && stem.ends_with(kMaskEnd))
    stem.resize(stem.size() - kMaskEnd.size());
  return stem;
}

/// The masks below a folder, by stem. Photos beside them (.jpg) are not masks.
std::map<std::string, fs::path> masks_in(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) fail(folder, "no folder of masks there");
  std::map<std::string, fs::path> masks;
  const Listing listing = list_inputs({folder}, ListOptions{});
  require_no_links(listing, folder);
  for (std::size_t i = 0; i < listing.images.size(); ++i) {
    const std::string name(listing.images[i]);
    if (name.ends_with('/'))
      fail(listing.locate(name), "cannot be read, so the masks in it are not known");
    if (lower_ascii(fs::path(name).extension().string()) != ".png") continue;
    const auto [place, is_new] = masks.emplace(stem_of(name), listing.locate(name));
    if (!is_new) fail(folder, fmt::format("two masks for \"{}\"", printable(place->first)));
  }
  return masks;
}

/// Without a true mask every pixel of the image is good.
std::map<std::string, fs::path> truth_masks(const ScoreOptions& options, std::string& format) {
  std::error_code ignored;
  const bool mvtec = options.gt_format == "mvtec" ||
                     (options.gt_format == "auto" &&
                      fs::is_directory(options.ground_truth / "test" / "good", ignored));
  format = mvtec ? "mvtec" : "mask";
  if (!mvtec) return masks_in(options.ground_truth);
  const GroundTruth truth = read_mvtec(options.ground_truth);
  if (truth.masks.empty()) fail(options.ground_truth, "holds no masks (ground_truth/)");
  std::map<std::string, fs::path> masks;
  for (std::size_t i = 0; i < truth.images.size(); ++i)
    masks.emplace(without_image_extension(truth.images[i].image),
                  truth.masks[i].empty() ? fs::path() : options.ground_truth / truth.masks[i]);
  return masks;
}

std::string similar(const std::map<std::string, fs::path>& masks, const std::string& name) {
  for (const auto& [other, file] : masks)
    if (name_key(other) == name_key(name)) return other;
  return "";
}

[[noreturn]] void refuse_unlabelled(const std::map<std::string, fs::path>& truths,
                                    const std::string& name, const fs::path& file) {
  const std::string other = similar(truths, name);
  fail(file, other.empty()
                 ? std::string("there is no true mask of this name; --allow-unlabelled "
                               "leaves such masks out")
                 : fmt::format("there is no true mask of this name, but \"{}\": rename one "
                               "of the two",
                               printable(other)));
}

}  // namespace

MaskPairs pair_masks(const ScoreOptions& options) {
  MaskPairs out;
  const auto truths = truth_masks(options, out.gt_format);
  if (truths.empty()) fail(options.ground_truth, "no PNG masks in it");
  auto predicted = masks_in(options.predictions);
  for (const auto& [name, file] : truths) {
    // "test/crack/000" for "crack/000", as inspect names images of MVTec AD's folder
    auto found = predicted.find(name);
    if (found == predicted.end() && out.gt_format == "mvtec")
      found = predicted.find("test/" + name);
    out.pairs.push_back({name, file, found == predicted.end() ? fs::path() : found->second});
    if (found != predicted.end()) predicted.erase(found);
  }
  for (const auto& [name, file] : predicted) {
    if (!options.allow_unlabelled) refuse_unlabelled(truths, name, file);
    ++out.unlabelled;
  }
  return out;
}

LabelMask read_mask(const fs::path& file, int threshold) {
  LabelMask mask;
  try {
    const cv::Mat pixels = decode_mask(read_image_file(file).bytes, kMostPixels);
    mask.height = static_cast<std::uint32_t>(pixels.rows);
    mask.width = static_cast<std::uint32_t>(pixels.cols);
    mask.labels.reserve(pixels.total());
    for (int y = 0; y < pixels.rows; ++y)
      for (int x = 0; x < pixels.cols; ++x)
        mask.labels.push_back(pixels.depth() == CV_16U ? pixels.at<std::uint16_t>(y, x)
                                                       : pixels.at<std::uint8_t>(y, x));
  } catch (const ItemError& error) {
    fail(file, fmt::format("{} ({})", error.what(), error.code()));
  }
  if (threshold >= 0)
    for (auto& label : mask.labels) label = label >= threshold ? 1 : 0;
  return mask;
}

}  // namespace zeromiss
