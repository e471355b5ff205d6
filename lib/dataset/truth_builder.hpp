#pragma once
// What every reader of image labels ends with: classes sorted and numbered, images sorted, none
// twice.

#include <zeromiss/dataset/ground_truth.hpp>

#include <map>
#include <string>
#include <string_view>

namespace zeromiss {

class TruthBuilder {
 public:
  /// Until the next add() the caller may set the other members.
  ImageTruth& add(std::string image, std::string_view label);
  ImageTruth& add(std::string image, double value);
  /// Sorts. @return an image that is there twice, if there is one
  [[nodiscard]] std::optional<std::string> sort();
  /// After sort(). `skipped` and everything about the format is the caller's.
  /// @throws Error(input) beginning with `place`, for classes of as good as one name
  GroundTruth take(TruthFormat format, const std::filesystem::path& place);

 private:
  std::map<std::string, std::size_t, std::less<>> indices_;  ///< in the order of appearance
  std::vector<ImageTruth> images_;
};

}  // namespace zeromiss
