#include "record_parts.hpp"

#include <zeromiss/base/json.hpp>
#include <zeromiss/base/mask.hpp>
#include <zeromiss/base/text.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace zeromiss {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kMaxInteger = std::numeric_limits<std::int64_t>::max();
constexpr std::array kVerdicts = {VerdictKind::pass, VerdictKind::review, VerdictKind::reject,
                                  VerdictKind::error};

std::string defect_contradiction(const Record& record) {
  for (const RecordDefect& defect : *record.defects) {
    const Box& box = defect.box;
    for (const double value : {defect.score, defect.area, box.x, box.y, box.width, box.height})
      if (!std::isfinite(value)) return "a defect with a number that is not finite";
    if (box.width < 0 || box.height < 0 || defect.area < 0) return "a defect of negative size";
    if (defect.mask && (defect.mask->width != static_cast<std::uint32_t>(*record.width) ||
                        defect.mask->height != static_cast<std::uint32_t>(*record.height)))
      return "a mask of another size than the picture";
  }
  return "";
}

/// What makes a record contradict itself; empty when nothing does. Asked by writer and reader, so
/// that no PASS without a score, a hash and a decoded picture behind it can exist in a file.
std::string contradiction(const Record& record) {
  if (record.image.empty()) return "the image has no name";
  if (record.bytes.has_value() != record.sha256.has_value())
    return "bytes and sha256 must be given together";
  if (record.width.has_value() != record.height.has_value())
    return "width and height must be given together";
  const auto name = verdict_name(record.verdict);
  if (record.verdict == VerdictKind::error) {
    if (!record.error) return "verdict ERROR without an error";
    if (record.error->code.empty()) return "verdict ERROR without an error code";
    if (record.score || record.label || !record.probabilities.empty() || record.defects ||
        record.stability)
      return "verdict ERROR with a score, label, probabilities, defects or stability";
    return "";
  }
  if (record.verdict == VerdictKind::pass && !record.reasons.empty())
    return "verdict PASS with reasons for review";
  if (record.stability && !record.stability->flips.empty() && record.verdict != VerdictKind::review)
    return fmt::format("verdict {} that is not stable", name);
  if (record.stability && record.stability->verdict == VerdictKind::error)
    return "stability of a verdict ERROR";
  if (record.stability && record.verdict == VerdictKind::pass &&
      record.stability->verdict != VerdictKind::pass)
    return "verdict PASS of what was REVIEW or REJECT";
  if (record.error) return fmt::format("verdict {} with an error", name);
  if (!record.score) return fmt::format("verdict {} without a score", name);
  if (!record.sha256) return fmt::format("verdict {} without the file's sha256", name);
  if (!record.width) return fmt::format("verdict {} without width and height", name);
  return record.defects ? defect_contradiction(record) : "";
}

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

/// Whole numbers without ".0".
Json short_number(double value) {
  constexpr double kMostExact = 9007199254740992.0;  // 2^53
  if (value == std::floor(value) && std::abs(value) < kMostExact)
    return static_cast<std::int64_t>(value);
  return value;
}

Json defect_json(const RecordDefect& defect) {
  const Box& box = defect.box;
  Json json = {{"label", defect.label},
               {"score", defect.score},
               {"bbox",
                {short_number(box.x), short_number(box.y), short_number(box.width),
                 short_number(box.height)}},
               {"area", short_number(defect.area)}};
  if (defect.mask)
    json["segmentation"] = {{"size", {defect.mask->height, defect.mask->width}},
                            {"counts", defect.mask->counts}};
  if (defect.size) {
    json["width_um"] = defect.size->width_um;
    json["height_um"] = defect.size->height_um;
    json["area_um2"] = defect.size->area_um2;
  }
  return json;
}

Json stability_json(const RecordStability& stability) {
  Json flips = Json::array();
  for (const RecordFlip& flip : stability.flips)
    flips.push_back({{"cause", flip.cause},
                     {"verdict", verdict_name(flip.verdict)},
                     {"score", or_null(flip.score)}});
  return {{"verdict", verdict_name(stability.verdict)},
          {"runs", stability.runs},
          {"flips", std::move(flips)}};
}

RecordMask mask_of(const JsonNode& node) {
  node.only({"size", "counts"});
  const JsonNode size = node.at("size");
  if (size.size() != 2) size.fail("expected height and width");
  constexpr std::int64_t kMostSide = std::numeric_limits<std::int32_t>::max();
  RecordMask mask{static_cast<std::uint32_t>(size.at(0).integer(1, kMostSide)),
                  static_cast<std::uint32_t>(size.at(1).integer(1, kMostSide)),
                  node.at("counts").string()};
  if (const std::string problem = mask_problem(mask); !problem.empty())
    node.at("counts").fail(problem);
  return mask;
}

RecordDefect defect_of(const JsonNode& node) {
  RecordDefect defect;
  defect.label = node.at("label").string();
  defect.score = node.at("score").number();
  const JsonNode box = node.at("bbox");
  if (box.size() != 4) box.fail("expected x, y, width, height");
  defect.box = {box.at(0).number(), box.at(1).number(), box.at(2).number(), box.at(3).number()};
  defect.area = node.at("area").number();
  if (const auto mask = node.find("segmentation")) defect.mask = mask_of(*mask);
  if (const auto width = node.find("width_um"))
    defect.size =
        PhysicalSize{width->number(), node.at("height_um").number(), node.at("area_um2").number()};
  return defect;
}

std::optional<int> pixels(const JsonNode& line, std::string_view key) {
  const auto node = line.find(key);
  if (!node) return std::nullopt;
  return static_cast<int>(node->integer(1, std::numeric_limits<int>::max()));
}

std::optional<std::string> sha256_of(const JsonNode& node) {
  if (node.is_null()) return std::nullopt;
  auto text = node.string();
  if (text.size() != 64 || !is_hex(text)) node.fail("expected 64 lower-case hex digits");
  return text;
}

VerdictKind verdict_of(const JsonNode& node) {
  static const std::array<std::string_view, kVerdicts.size()> names = {
      verdict_name(kVerdicts[0]), verdict_name(kVerdicts[1]), verdict_name(kVerdicts[2]),
      verdict_name(kVerdicts[3])};
  return kVerdicts.at(node.one_of(names));
}

RecordStability stability_of(const JsonNode& node) {
  RecordStability stability{
      verdict_of(node.at("verdict")), static_cast<int>(node.at("runs").integer(1, 1000)), {}};
  const JsonNode flips = node.at("flips");
  for (std::size_t i = 0; i < flips.size(); ++i) {
    const JsonNode one = flips.at(i), score = one.at("score");
    stability.flips.push_back(
        {one.at("cause").string(), verdict_of(one.at("verdict")),
         score.is_null() ? std::nullopt : std::optional<double>(score.number())});
  }
  return stability;
}

void read_optional_keys(const JsonNode& line, Record& record) {
  if (const auto hex = line.find("image_hex")) {
    record.image_hex = hex->string();
    if (record.image_hex.empty() || record.image_hex.size() % 2 != 0 || !is_hex(record.image_hex))
      hex->fail("expected pairs of lower-case hex digits");
  }
  if (const auto frames = line.find("frames")) {
    constexpr std::array<std::string_view, 1> kFirst = {"first"};
    static_cast<void>(frames->one_of(kFirst));
    record.first_frame_only = true;
  }
  if (const auto probabilities = line.find("probabilities")) {
    for (std::size_t i = 0; i < probabilities->size(); ++i)
      record.probabilities.push_back(probabilities->at(i).number(0, 1));
  }
  if (const auto defects = line.find("defects")) {
    record.defects.emplace();
    for (std::size_t i = 0; i < defects->size(); ++i)
      record.defects->push_back(defect_of(defects->at(i)));
  }
  if (const auto reasons = line.find("reasons"))
    for (std::size_t i = 0; i < reasons->size(); ++i)
      record.reasons.push_back(reasons->at(i).string());
  if (const auto stability = line.find("stability")) record.stability = stability_of(*stability);
  if (const auto error = line.find("error"))
    record.error = RecordError{error->at("code").string(), error->at("message").string()};
}

}  // namespace

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string mask_problem(const RecordMask& mask) {
  try {
    static_cast<void>(mask_from_text(mask.height, mask.width, mask.counts));
    return "";
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

std::string image_bytes(const Record& record) {
  return record.image_hex.empty() ? record.image : from_hex(record.image_hex);
}

std::string record_line(const Record& record) {
  if (const auto problem = contradiction(record); !problem.empty())
    throw std::logic_error("record of " + record.image + ": " + problem);
  Json line = Json::object();  // in a null one nlohmann 3.11.2 crashes where memory is out
  line["image"] = record.image;
  if (!record.image_hex.empty()) line["image_hex"] = record.image_hex;
  line["bytes"] = or_null(record.bytes);
  line["sha256"] = or_null(record.sha256);
  if (record.width) line["width"] = *record.width;
  if (record.height) line["height"] = *record.height;
  if (record.first_frame_only) line["frames"] = "first";
  line["verdict"] = verdict_name(record.verdict);
  line["score"] = or_null(record.score);
  line["label"] = or_null(record.label);
  if (!record.probabilities.empty()) line["probabilities"] = record.probabilities;
  if (record.defects) {
    line["defects"] = Json::array();
    for (const RecordDefect& defect : *record.defects)
      line["defects"].push_back(defect_json(defect));
  }
  if (!record.reasons.empty()) line["reasons"] = record.reasons;
  if (record.stability) line["stability"] = stability_json(*record.stability);
  if (record.error)
    line["error"] = {{"code", record.error->code}, {"message", record.error->message}};
  return json_line(line);
}

Record parse_record(const JsonNode& line) {
  Record record;
  record.image = line.at("image").string();
  if (const auto bytes = line.at("bytes"); !bytes.is_null())
    record.bytes = static_cast<std::uint64_t>(bytes.integer(0, kMaxInteger));
  record.sha256 = sha256_of(line.at("sha256"));
  record.width = pixels(line, "width");
  record.height = pixels(line, "height");
  record.verdict = verdict_of(line.at("verdict"));
  if (const auto score = line.at("score"); !score.is_null()) record.score = score.number();
  if (const auto label = line.at("label"); !label.is_null()) record.label = label.string();
  read_optional_keys(line, record);
  if (const auto problem = contradiction(record); !problem.empty()) line.fail(problem);
  return record;
}

Record parse_record(std::string_view line, const std::string& file, std::uint64_t number,
                    ErrorKind kind) {
  if (auto record = read_plain_record(line); record && contradiction(*record).empty())
    return *std::move(record);
  return parse_record(JsonDocument(line, fmt::format("{}:{}", file, number), kind).root());
}

}  // namespace zeromiss
