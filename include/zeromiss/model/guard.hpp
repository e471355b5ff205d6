#pragma once

#include <zeromiss/base/json.hpp>
#include <zeromiss/image/profile.hpp>

#include <nlohmann/json_fwd.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace zeromiss {

/// What the pictures look like that a model was calibrated with: the manifest's optional `guard`. A
/// picture outside is of another kind: nothing is known of how the model does on it.
struct Guard {
  struct Range {
    double lowest, highest;
  };
  std::size_t images;                              ///< it was made from
  double margin;                                   ///< share of the span added on either side
  std::array<Range, kProfileNames.size()> ranges;  ///< in the order of kProfileNames
};

/// @throws Error(usage) for a margin that is not 0 to 10
void require_guard_margin(double margin);

/// The ranges of these pictures, at least two; sizes without margin.
/// @throws std::invalid_argument for fewer
Guard guard_of(std::span<const Profile> pictures, double margin);

/// Every key is mandatory. @throws Error naming file and key
Guard parse_guard(const JsonNode& node);
nlohmann::ordered_json guard_json(const Guard& guard);

/// A line for each figure that is outside its range: "brightness 12.34 is outside 40 to 200".
std::vector<std::string> outside(const Guard& guard, const Profile& picture);

}  // namespace zeromiss
