#include <zeromiss/base/text.hpp>
#include <zeromiss/dataset/image_names.hpp>
#include <zeromiss/dataset/listing.hpp>

namespace zeromiss {
namespace {

std::string_view last_part(std::string_view name) {
  const auto slash = name.rfind('/');
  return slash == std::string_view::npos ? name : name.substr(slash + 1);
}

}  // namespace

std::string without_image_extension(std::string_view name) {
  if (!has_image_extension(name)) return std::string(name);
  return std::string(name.substr(0, name.rfind('.')));
}

ImageNames::ImageNames(const std::vector<ObjectImage>& images) {
  const auto add = [](auto& map, std::string key, std::uint32_t index) {
    const auto [place, is_new] = map.emplace(std::move(key), index);
    if (!is_new) place->second = kSeveral;
  };
  for (std::uint32_t i = 0; i < images.size(); ++i) {
    const std::string& name = images[i].name;
    const std::string stem = without_image_extension(name);
    add(whole_, name, i);
    add(stems_, stem, i);
    add(last_, std::string(last_part(stem)), i);
    keys_.emplace(name_key(stem), name);
    stem_of_.push_back(stem);
  }
}

std::optional<std::uint32_t> ImageNames::find(std::string_view name) const {
  const auto in = [](const auto& map, const std::string& key) -> std::optional<std::uint32_t> {
    const auto found = map.find(key);
    return found == map.end() || found->second == kSeveral ? std::nullopt
                                                           : std::optional(found->second);
  };
  const std::string stem = without_image_extension(name);
  if (const auto index = in(whole_, std::string(name))) return index;
  // Another extension is another picture, unless one of the two has none.
  const auto index = in(stems_, stem);
  if (index) return index;
  // Of another folder it is another picture: "lot2/0001" says nothing of "lot1/0001".
  const auto last = in(last_, std::string(last_part(stem)));
  if (!last) return std::nullopt;
  const std::string& labelled = stem_of_[*last];
  const bool fits = is_path_end(stem, labelled) || is_path_end(labelled, stem);
  return fits ? last : std::nullopt;
}

std::string ImageNames::similar(std::string_view name) const {
  const auto found = keys_.find(name_key(without_image_extension(name)));
  return found == keys_.end() ? "" : found->second;
}

}  // namespace zeromiss
