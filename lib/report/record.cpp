#include "record_parts.hpp"

#include <zeromiss/base/json.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>

namespace zeromiss {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kMaxInteger = std::numeric_limits<std::int64_t>::max();
constexpr std::array kVerdicts = {VerdictKind::pass, VerdictKind::review, VerdictKind::reject,
                                  VerdictKind::error};

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
    if (record.score || record.label || !record.probabilities.empty())
      return "verdict ERROR with a score, label or probabilities";
    return "";
  }
  if (record.error) return fmt::format("verdict {} with an error", name);
  if (!record.score) return fmt::format("verdict {} without a score", name);
  if (!record.sha256) return fmt::format("verdict {} without the file's sha256", name);
  if (!record.width) return fmt::format("verdict {} without width and height", name);
  return "";
}

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
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
  if (const auto error = line.find("error"))
    record.error = RecordError{error->at("code").string(), error->at("message").string()};
}

}  // namespace

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string record_line(const Record& record) {
  if (const auto problem = contradiction(record); !problem.empty())
    throw std::logic_error("record of " + record.image + ": " + problem);
  Json line;
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
  // "defects" of detection and segmentation has its place here, before "error".
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
