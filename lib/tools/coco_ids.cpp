#include "coco_ids.hpp"

#include <zeromiss/base/json.hpp>
#include <zeromiss/base/text.hpp>

#include <fmt/format.h>

#include <limits>

namespace zeromiss {
namespace {

using Numbers = std::map<std::string, std::int64_t>;

Numbers numbers_of(const JsonNode& list, std::string_view name) {
  Numbers numbers;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const JsonNode one = list.at(i);
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
    if (!numbers.emplace(one.at(name).string(), one.at("id").integer(0, kMost)).second)
      one.at(name).fail("is there twice");
  }
  return numbers;
}

void require(const Numbers& numbers, const std::string& name, const char* what) {
  if (numbers.find(name) == numbers.end())
    throw Error(ErrorKind::input,
                fmt::format("--coco-ids: {} \"{}\" is not in it", what, printable(name)));
}

}  // namespace

std::optional<CocoIds> read_coco_ids(const std::filesystem::path& file) {
  if (file.empty()) return std::nullopt;
  constexpr std::uintmax_t kMostBytes = 1U << 30U;
  const auto document = JsonDocument::read(file, ErrorKind::input, kMostBytes);
  return CocoIds{numbers_of(document.root().at("images"), "file_name"),
                 numbers_of(document.root().at("categories"), "name")};
}

void require_ids(const CocoIds& ids, const PathList& images,
                 const std::vector<std::string>& classes) {
  for (std::size_t i = 0; i < images.size(); ++i) require(ids.images, to_utf8(images[i]), "image");
  for (const std::string& name : classes) require(ids.categories, name, "category");
}

}  // namespace zeromiss
