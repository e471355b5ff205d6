// simdjson reads a line eight times faster than the strict reader, which parses twice and copies
// every key. Its errors name no key, so each doubt is handed back.
#include "record_parts.hpp"

#include <zeromiss/base/per_thread.hpp>

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <limits>

namespace zeromiss {
namespace {

using simdjson::dom::element;

/// Fills one field; false leaves the line to the strict reader.
using Fill = bool (*)(const element& value, Record& record);

bool fill_text(const element& value, std::string& text) {
  std::string_view view;
  if (value.get_string().get(view) != simdjson::SUCCESS) return false;
  text = view;
  return true;
}

bool fill_bytes(const element& value, Record& record) {
  std::int64_t bytes = 0;
  if (value.type() != simdjson::dom::element_type::INT64 ||
      value.get_int64().get(bytes) != simdjson::SUCCESS || bytes < 0)
    return false;
  record.bytes = static_cast<std::uint64_t>(bytes);
  return true;
}

bool fill_sha256(const element& value, Record& record) {
  std::string text;
  if (!fill_text(value, text) || text.size() != 64 || !is_hex(text)) return false;
  record.sha256 = std::move(text);
  return true;
}

bool fill_pixels(const element& value, std::optional<int>& pixels) {
  std::int64_t count = 0;
  if (value.type() != simdjson::dom::element_type::INT64 ||
      value.get_int64().get(count) != simdjson::SUCCESS || count < 1 ||
      count > std::numeric_limits<int>::max())
    return false;
  pixels = static_cast<int>(count);
  return true;
}

bool fill_frames(const element& value, Record& record) {
  std::string text;
  record.first_frame_only = true;
  return fill_text(value, text) && text == "first";
}

bool fill_verdict(const element& value, Record& record) {
  std::string text;
  if (!fill_text(value, text)) return false;
  for (const auto kind : {VerdictKind::pass, VerdictKind::review, VerdictKind::reject}) {
    if (text != verdict_name(kind)) continue;
    record.verdict = kind;
    return true;
  }
  return false;
}

bool fill_score(const element& value, Record& record) {
  double score = 0.0;
  if (value.get_double().get(score) != simdjson::SUCCESS) return false;
  record.score = score;
  return true;
}

bool fill_label(const element& value, Record& record) {
  if (value.is_null()) return true;
  return fill_text(value, record.label.emplace());
}

bool fill_probabilities(const element& value, Record& record) {
  simdjson::dom::array list;
  if (value.get_array().get(list) != simdjson::SUCCESS) return false;
  record.probabilities.reserve(list.size());
  for (const element one : list) {
    double probability = 0.0;
    if (one.get_double().get(probability) != simdjson::SUCCESS) return false;
    if (!(probability >= 0.0 && probability <= 1.0)) return false;
    record.probabilities.push_back(probability);
  }
  return true;
}

bool fill_number(const element& value, double& number) {
  return value.get_double().get(number) == simdjson::SUCCESS;
}

bool fill_box(const element& value, Box& box) {
  simdjson::dom::array list;
  if (value.get_array().get(list) != simdjson::SUCCESS || list.size() != 4) return false;
  return fill_number(list.at(0), box.x) && fill_number(list.at(1), box.y) &&
         fill_number(list.at(2), box.width) && fill_number(list.at(3), box.height);
}

/// Exactly "size" and "counts".
bool fill_mask(const element& value, RecordMask& mask) {
  simdjson::dom::object object;
  if (value.get_object().get(object) != simdjson::SUCCESS || object.size() != 2) return false;
  simdjson::dom::array size;
  std::optional<int> height, width;
  element counts;
  if (object["size"].get_array().get(size) != simdjson::SUCCESS || size.size() != 2 ||
      !fill_pixels(size.at(0), height) || !fill_pixels(size.at(1), width) ||
      object["counts"].get(counts) != simdjson::SUCCESS || !fill_text(counts, mask.counts))
    return false;
  mask.height = static_cast<std::uint32_t>(*height);
  mask.width = static_cast<std::uint32_t>(*width);
  return mask_problem(mask).empty();
}

bool fill_defect(const element& value, RecordDefect& defect) {
  simdjson::dom::object object;
  if (value.get_object().get(object) != simdjson::SUCCESS) return false;
  constexpr std::array<std::string_view, 8> kKeys{
      "label", "score", "bbox", "area", "segmentation", "width_um", "height_um", "area_um2"};
  std::array<element, kKeys.size()> found;
  std::array<bool, kKeys.size()> seen{};
  for (const auto& [key, member] : object) {
    const auto k =
        static_cast<std::size_t>(std::find(kKeys.begin(), kKeys.end(), key) - kKeys.begin());
    if (k == kKeys.size() || seen[k]) return false;
    seen[k] = true;
    found[k] = member;
  }
  if (!seen[0] || !seen[1] || !seen[2] || !seen[3] || seen[5] != seen[6] || seen[5] != seen[7])
    return false;
  if (!fill_text(found[0], defect.label) || !fill_number(found[1], defect.score) ||
      !fill_box(found[2], defect.box) || !fill_number(found[3], defect.area))
    return false;
  if (seen[4] && !fill_mask(found[4], defect.mask.emplace())) return false;
  if (!seen[5]) return true;
  PhysicalSize& size = defect.size.emplace();
  return fill_number(found[5], size.width_um) && fill_number(found[6], size.height_um) &&
         fill_number(found[7], size.area_um2);
}

bool fill_defects(const element& value, Record& record) {
  simdjson::dom::array list;
  if (value.get_array().get(list) != simdjson::SUCCESS) return false;
  record.defects.emplace();
  for (const element one : list)
    if (!fill_defect(one, record.defects->emplace_back())) return false;
  return true;
}

bool fill_reasons(const element& value, Record& record) {
  simdjson::dom::array list;
  if (value.get_array().get(list) != simdjson::SUCCESS) return false;
  for (const element one : list)
    if (!fill_text(one, record.reasons.emplace_back())) return false;
  return true;
}

struct Field {
  std::string_view key;
  bool mandatory;
  Fill fill;
};

constexpr std::array<Field, 12> kFields{{
    {"image", true, [](const element& e, Record& r) { return fill_text(e, r.image); }},
    {"bytes", true, fill_bytes},
    {"sha256", true, fill_sha256},
    {"width", true, [](const element& e, Record& r) { return fill_pixels(e, r.width); }},
    {"height", true, [](const element& e, Record& r) { return fill_pixels(e, r.height); }},
    {"frames", false, fill_frames},
    {"verdict", true, fill_verdict},
    {"score", true, fill_score},
    {"label", true, fill_label},
    {"probabilities", false, fill_probabilities},
    {"defects", false, fill_defects},
    {"reasons", false, fill_reasons},
}};

bool fill(const simdjson::dom::object& line, Record& record) {
  std::array<bool, kFields.size()> seen{};
  for (const auto& [key, value] : line) {
    std::size_t k = 0;
    while (k < kFields.size() && kFields[k].key != key) ++k;
    if (k == kFields.size() || seen[k] || !kFields[k].fill(value, record)) return false;
    seen[k] = true;
  }
  for (std::size_t k = 0; k < kFields.size(); ++k)
    if (kFields[k].mandatory && !seen[k]) return false;
  return true;
}

}  // namespace

std::optional<Record> read_plain_record(std::string_view line) {
  // Escaped code points are rare, and versions of simdjson differ in which they refuse.
  if (line.find("\\u") != std::string_view::npos) return std::nullopt;
  auto& parser = per_thread<simdjson::dom::parser>();  // keeps its memory from line to line
  simdjson::dom::object object;
  if (parser.parse(line.data(), line.size()).get_object().get(object) != simdjson::SUCCESS)
    return std::nullopt;
  Record record;
  if (!fill(object, record)) return std::nullopt;
  return record;
}

}  // namespace zeromiss
