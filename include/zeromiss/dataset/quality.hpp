#pragma once

#include <zeromiss/dataset/copies.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace zeromiss {

/// An image that stands out from the others of its label.
struct OddImage {
  std::size_t image = 0;
  std::string what;  ///< "constant", "blurred", "dark", "bright", "flat", "size"
  double value = 0;  ///< sharpness, mean gray, deviation of gray, or pixels
  double usual = 0;  ///< the median of its label
};
/// By the modified z-score |0.6745 (x - median) / MAD| > 5 (Iglewicz and Hoaglin 1993, with 5 for
/// their 3.5: a set is not normal), of log sharpness, log deviation, gray and log pixels; where
/// half of the set has one value, the mean deviation takes the MAD's place.
std::vector<OddImage> find_odd_images(const std::vector<AuditImage>& images);

/// Images of one picture with different labels.
struct LabelConflict {
  std::size_t pair = 0;  ///< index into the pairs; `alike` and crops do not count
};
std::vector<LabelConflict> find_label_conflicts(const std::vector<AuditImage>& images,
                                                const std::vector<CopyPair>& pairs);

/// A source (case, lot, part) with images in more than one split.
struct SharedSource {
  std::string source;
  std::vector<std::size_t> images;  ///< all of them
};
/// The first group of a regular expression (ECMAScript) found in a name is its source.
struct Sources {
  std::size_t found = 0;      ///< different sources
  std::size_t unmatched = 0;  ///< images whose name does not match
  std::vector<SharedSource> shared;
};
/// @throws Error(usage) for a pattern that is none, has no group, or matches no name at all
Sources find_sources(const std::vector<AuditImage>& images, const std::string& pattern);

/// "rot90" in "w03_rot90.png"; no value for names that do not speak of augmentation.
std::optional<std::string> augmentation_in_name(const std::string& name);

}  // namespace zeromiss
