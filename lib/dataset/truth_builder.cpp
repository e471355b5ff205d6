#include "truth_builder.hpp"

#include <zeromiss/dataset/class_names.hpp>

#include <algorithm>

namespace zeromiss {

ImageTruth& TruthBuilder::add(std::string image, std::string_view label) {
  auto known = indices_.find(label);
  if (known == indices_.end()) known = indices_.emplace(label, indices_.size()).first;
  return images_.emplace_back(ImageTruth{std::move(image), known->second, std::nullopt});
}

ImageTruth& TruthBuilder::add(std::string image, double value) {
  return images_.emplace_back(ImageTruth{std::move(image), std::nullopt, value});
}

std::optional<std::string> TruthBuilder::sort() {
  std::sort(images_.begin(), images_.end(),
            [](const ImageTruth& a, const ImageTruth& b) { return a.image < b.image; });
  const auto twice = std::adjacent_find(
      images_.begin(), images_.end(),
      [](const ImageTruth& a, const ImageTruth& b) { return a.image == b.image; });
  if (twice == images_.end()) return std::nullopt;
  return twice->image;
}

GroundTruth TruthBuilder::take(TruthFormat format, const std::filesystem::path& place_of_labels) {
  GroundTruth truth;
  truth.format = format;
  std::vector<std::size_t> place(indices_.size());  // of appearance -> by bytes
  for (const auto& [name, index] : indices_) {
    place[index] = truth.classes.size();
    truth.classes.push_back(name);
  }
  require_distinct_classes(truth.classes, place_of_labels.string());
  truth.images = std::move(images_);
  for (auto& image : truth.images)
    if (image.label) image.label = place[*image.label];
  return truth;
}

}  // namespace zeromiss
