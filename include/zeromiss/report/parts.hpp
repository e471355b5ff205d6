#pragma once

#include <zeromiss/model/verdict.hpp>
#include <zeromiss/report/name_pattern.hpp>
#include <zeromiss/report/record.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace zeromiss {

inline constexpr const char* kPartsFile = "parts.csv";

/// One physical part that several images show.
struct Part {
  std::string name;
  std::uint64_t images = 0, pass = 0, review = 0, reject = 0, error = 0;
  std::set<std::string> views;       ///< that were found
  std::vector<std::string> missing;  ///< expected views without an image
  std::uint64_t missing_images = 0;  ///< fewer images than expected
  std::string worst_image;
  std::optional<double> worst_score;
  /// Its images' lots, or folders where the pattern names neither: more than one, and these are
  /// several parts of one name.
  std::set<std::string> sources;
  VerdictKind verdict = VerdictKind::error;
};

/// What makes a part whole.
struct PartRule {
  NamePattern pattern;             ///< with {part}, and {view} where views are expected
  std::uint64_t images = 0;        ///< so many images each; 0: by views
  std::vector<std::string> views;  ///< one image of each of these
};
/// @throws Error(usage) unless the pattern has {part} and exactly one of the two says what is
/// expected
void check_part_rule(const PartRule& rule);

/// Rolls images up to parts, streaming; memory grows with the number of parts
/// and, where a number of images is expected, of images.
///
/// A part is PASS only when all its expected images are there, each once and from one source, and
/// all PASS. One REJECT makes it REJECT; else an image that is missing, too many, of another source
/// or in ERROR makes it ERROR; else one REVIEW makes it REVIEW.
class PartRollUp {
 public:
  explicit PartRollUp(PartRule rule);
  /// @throws Error(input) for a name that does not fit the pattern: its part would be judged
  /// without it
  void add(const Record& record);
  /// All parts by name, judged.
  std::vector<Part> finish();

 private:
  PartRule rule_;
  std::map<std::string, Part> parts_;
  std::set<std::string> seen_;   ///< all fields of each image, where a number of images is expected
  std::set<std::string> twice_;  ///< parts with two images of the same fields, or of one view
};

/// DIR/parts.csv: part,verdict,images,pass,review,reject,error,missing,worst_image,worst_score.
/// @throws Error(output)
void write_parts_csv(const std::filesystem::path& folder, const std::vector<Part>& parts);

}  // namespace zeromiss
