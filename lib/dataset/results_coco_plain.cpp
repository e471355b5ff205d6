// simdjson's errors name no entry and no key, so each doubt is handed back.
#include "results_coco_plain.hpp"

#include <simdjson.h>

#include <array>

namespace zeromiss {
namespace {

using simdjson::dom::element;

constexpr std::array<std::string_view, 4> kKeys{"image_id", "category_id", "score", "bbox"};
constexpr unsigned kAllKeys = 15;

bool read_place(const element& value, const IdPlaces& places, std::uint32_t& place) {
  std::int64_t id = 0;
  if (value.type() != simdjson::dom::element_type::INT64 ||
      value.get_int64().get(id) != simdjson::SUCCESS)
    return false;
  const auto found = places.find(id);
  if (found == places.end()) return false;
  place = found->second;
  return true;
}

bool read_box(const element& value, BoxNumbers& box) {
  simdjson::dom::array list;
  if (value.get_array().get(list) != simdjson::SUCCESS || list.size() != box.size()) return false;
  std::size_t i = 0;
  for (const element number : list)
    if (number.get_double().get(box.at(i++)) != simdjson::SUCCESS) return false;
  return box[2] >= 0.0 && box[3] >= 0.0;
}

class PlainReader {
 public:
  explicit PlainReader(const ObjectTruth& truth)
      : images_(image_places(truth)), categories_(category_places(truth)) {}

  /// False: not exactly what is expected.
  [[nodiscard]] bool read(const element& entry, FoundObject& object) const {
    simdjson::dom::object fields;
    if (entry.get_object().get(fields) != simdjson::SUCCESS) return false;
    unsigned seen = 0;
    for (const auto& [key, value] : fields) {
      std::size_t which = 0;
      while (which < kKeys.size() && kKeys[which] != key) ++which;
      if (which == kKeys.size() || (seen & (1U << which)) != 0) return false;
      seen |= 1U << which;
      if (!read_field(which, value, object)) return false;
    }
    return seen == kAllKeys;
  }

 private:
  [[nodiscard]] bool read_field(std::size_t which, const element& value,
                                FoundObject& object) const {
    switch (which) {
      case 0:
        return read_place(value, images_, object.image);
      case 1:
        return read_place(value, categories_, object.label);
      case 2:
        return value.get_double().get(object.score) == simdjson::SUCCESS;
      default:
        return read_box(value, object.box);
    }
  }

  IdPlaces images_, categories_;
};

}  // namespace

IdPlaces image_places(const ObjectTruth& truth) {
  IdPlaces places;
  places.reserve(truth.images.size());
  for (std::size_t i = 0; i < truth.images.size(); ++i)
    places[truth.images[i].id] = static_cast<std::uint32_t>(i);
  return places;
}

IdPlaces category_places(const ObjectTruth& truth) {
  IdPlaces places;
  for (std::size_t i = 0; i < truth.class_ids.size(); ++i)
    places[truth.class_ids[i]] = static_cast<std::uint32_t>(i);
  return places;
}

std::optional<FoundObjects> plain_coco_results(std::string_view text, const ObjectTruth& truth) {
  simdjson::dom::parser parser;
  simdjson::dom::array list;
  if (parser.parse(text.data(), text.size()).get_array().get(list) != simdjson::SUCCESS)
    return std::nullopt;
  const PlainReader reader(truth);
  FoundObjects found;
  for (const element entry : list) {
    FoundObject object;
    if (!reader.read(entry, object)) return std::nullopt;
    found.objects.push_back(object);
  }
  return found;
}

}  // namespace zeromiss
