#pragma once

#include <zeromiss/dataset/coco.hpp>

#include <optional>
#include <string_view>
#include <unordered_map>

namespace zeromiss {

/// Results with the four plain keys of a box each, read four times as fast; no value for everything
/// else, right or wrong: the strict reader decides about that.
std::optional<FoundObjects> plain_coco_results(std::string_view text, const ObjectTruth& truth);

/// Places of ids among the labels' images or categories.
using IdPlaces = std::unordered_map<std::int64_t, std::uint32_t>;
IdPlaces image_places(const ObjectTruth& truth);
IdPlaces category_places(const ObjectTruth& truth);

}  // namespace zeromiss
