#include <zeromiss/base/files.hpp>
#include <zeromiss/base/json.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/dataset/coco.hpp>

#include <fmt/format.h>

#include <fstream>
#include <limits>
#include <map>
#include <set>

namespace zeromiss {
namespace {

constexpr std::uintmax_t kMostBytes = std::uintmax_t{1} << 30U;
constexpr std::int64_t kMostId = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMostSide = 1'000'000;

using Numbers = std::map<std::int64_t, std::uint32_t>;  ///< id -> place in rising order

/// Gives every id of a list its place; an id that is there twice is an error.
Numbers number_ids(const JsonNode& list) {
  Numbers numbers;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const JsonNode id = list.at(i).at("id");
    const std::int64_t value = id.integer(-kMostId, kMostId);
    if (!numbers.emplace(value, 0).second)
      id.fail(fmt::format("id {} is there twice; every entry needs its own", value));
  }
  std::uint32_t next = 0;
  for (auto& [id, number] : numbers) number = next++;
  return numbers;
}

/// Names that are there twice: results, verdicts and gates go by the name.
void require_own(std::set<std::string>& names, const JsonNode& node, std::string_view key) {
  if (const auto name = node.find(key); name && !names.insert(name->string()).second)
    name->fail(fmt::format("\"{}\" is there twice; give each entry its own, or make one of both",
                           printable(name->string())));
}

std::uint32_t place_of(const JsonNode& id, const Numbers& numbers, const char* list) {
  const std::int64_t value = id.integer(-kMostId, kMostId);
  const auto found = numbers.find(value);
  if (found == numbers.end()) id.fail(fmt::format("{} is no id of \"{}\"", value, list));
  return found->second;
}

std::uint32_t side(const JsonNode& image, std::string_view key) {
  const auto value = image.find(key);
  return value ? static_cast<std::uint32_t>(value->integer(1, kMostSide)) : 0;
}

BoxNumbers box_of(const JsonNode& node) {
  const auto numbers = node.numbers();
  if (numbers.size() != 4)
    node.fail(fmt::format("expected x, y, width, height, found {} numbers", numbers.size()));
  if (numbers[2] < 0.0 || numbers[3] < 0.0) node.fail("width and height must not be negative");
  return {numbers[0], numbers[1], numbers[2], numbers[3]};
}

Outline outline_of(const JsonNode& node) {
  Outline outline;
  if (node.is_array()) {
    for (std::size_t i = 0; i < node.size(); ++i) outline.polygons.push_back(node.at(i).numbers());
    return outline;
  }
  const JsonNode size = node.at("size"), counts = node.at("counts");
  if (size.size() != 2) size.fail("expected height, width");
  outline.height = static_cast<std::uint32_t>(size.at(0).integer(1, kMostSide));
  outline.width = static_cast<std::uint32_t>(size.at(1).integer(1, kMostSide));
  if (counts.is_string()) {
    outline.text = counts.string();
    return outline;
  }
  for (std::size_t i = 0; i < counts.size(); ++i)
    outline.counts.push_back(counts.at(i).integer(0, kMostSide * kMostSide));
  return outline;
}

LabelledObject object_of(const JsonNode& node, const Numbers& images, const Numbers& categories) {
  LabelledObject object;
  object.image = place_of(node.at("image_id"), images, "images");
  object.label = place_of(node.at("category_id"), categories, "categories");
  if (const auto box = node.find("bbox")) object.box = box_of(*box);
  if (const auto area = node.find("area")) object.area = area->number();
  if (const auto crowd = node.find("iscrowd")) object.crowd = crowd->integer(0, 1) == 1;
  return object;
}

char first_character(const std::filesystem::path& file) {
  std::error_code problem;
  if (!std::filesystem::is_regular_file(file, problem)) return '\0';
  std::ifstream stream(file, std::ios::binary);
  std::string start(64, '\0');
  stream.read(start.data(), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<std::size_t>(stream.gcount()));
  if (start.starts_with("\xEF\xBB\xBF")) start.erase(0, 3);
  const auto at = start.find_first_not_of(" \t\r\n");
  return at == std::string::npos ? '\0' : start[at];
}

bool is_json_file(const std::filesystem::path& file) {
  return lower_ascii(file.extension().string()) == ".json";
}

}  // namespace

ObjectTruth read_coco_truth(const std::filesystem::path& file) {
  return parse_coco_truth(read_text(file, ErrorKind::input, kMostBytes), file.string());
}

ObjectTruth parse_coco_truth(std::string_view text, const std::string& name) {
  const JsonDocument document(text, name, ErrorKind::input);
  const JsonNode root = document.root();
  const JsonNode images = root.at("images"), categories = root.at("categories"),
                 annotations = root.at("annotations");
  const Numbers image_numbers = number_ids(images), category_numbers = number_ids(categories);
  ObjectTruth truth;
  truth.images.resize(images.size());
  std::set<std::string> names;
  for (std::size_t i = 0; i < images.size(); ++i) {
    const JsonNode image = images.at(i);
    const auto id = image.at("id").integer(-kMostId, kMostId);
    const auto file_name = image.find("file_name");
    require_own(names, image, "file_name");
    truth.images[image_numbers.at(id)] = {file_name ? file_name->string() : std::to_string(id), id,
                                          side(image, "width"), side(image, "height")};
  }
  truth.classes.resize(categories.size());
  names.clear();
  for (std::size_t i = 0; i < categories.size(); ++i) {
    require_own(names, categories.at(i), "name");
    const auto id = categories.at(i).at("id").integer(-kMostId, kMostId);
    truth.classes[category_numbers.at(id)] = categories.at(i).at("name").string();
  }
  for (const auto& [id, number] : category_numbers) truth.class_ids.push_back(id);
  std::set<std::int64_t> ids;
  bool some_outline = false;
  for (std::size_t i = 0; i < annotations.size(); ++i) {
    const JsonNode annotation = annotations.at(i);
    const JsonNode id = annotation.at("id");
    if (!ids.insert(id.integer(-kMostId, kMostId)).second)
      id.fail("this id is there twice; every annotation needs its own");
    truth.objects.push_back(object_of(annotation, image_numbers, category_numbers));
    const auto outline = annotation.find("segmentation");
    truth.outlines.push_back(outline ? outline_of(*outline) : Outline{});
    some_outline = some_outline || !truth.outlines.back().empty();
    if (!truth.objects.back().box && truth.outlines.back().empty())
      annotation.fail("has neither a bbox nor a segmentation");
  }
  if (!some_outline) truth.outlines.clear();
  return truth;
}

bool looks_like_coco_truth(const std::filesystem::path& file) {
  return is_json_file(file) && first_character(file) == '{';
}

bool looks_like_coco_results(const std::filesystem::path& file) {
  return is_json_file(file) && first_character(file) == '[';
}

}  // namespace zeromiss
