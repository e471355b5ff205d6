#pragma once
// A made-up output folder of `inspect`, for what reads one. Written as text, not by the code under
// test.

#include "support/temp_folder.hpp"

#include <zeromiss/base/hash.hpp>

#include <nlohmann/json.hpp>
#include <stdlib.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace zeromiss::test {

inline const std::string kSha(64, 'a');

inline nlohmann::ordered_json judged_record(const std::string& image, const std::string& verdict,
                                            double score, const std::string& label) {
  return {{"image", image}, {"bytes", 1234},  {"sha256", kSha},
          {"width", 64},    {"height", 64},   {"verdict", verdict},
          {"score", score}, {"label", label}, {"probabilities", {1 - score, score}}};
}

inline nlohmann::ordered_json error_record(const std::string& image, const std::string& code) {
  return {{"image", image},
          {"bytes", 900},
          {"sha256", kSha},
          {"verdict", "ERROR"},
          {"score", nullptr},
          {"label", nullptr},
          {"error", {{"code", code}, {"message", "the data end after 812 of 900 bytes"}}}};
}

inline nlohmann::ordered_json run_json(const std::string& task = "classification") {
  return {
      {"schema", "zeromiss-run/1"},
      {"tool", {{"name", "inspect"}, {"version", "0.1.0"}}},
      {"libraries", {{"LibTorch", "2.15.0"}, {"OpenCV", "4.6.0"}, {"TurboJPEG", "2.1.5"}}},
      {"device", {{"type", "cpu"}, {"name", "AMD EPYC 9B45"}, {"reason", "no GPU was asked for"}}},
      {"settings",
       {{"batch", 8}, {"threads", 2}, {"save-overlay", "none"}, {"follow-links", false}}},
      {"model",
       {{"name", "wafer-map-cnn"},
        {"version", "1.0.0"},
        {"license", "Apache-2.0"},
        {"sha256", std::string(64, 'b')},
        {"manifest_sha256", std::string(64, 'c')},
        {"task", task},
        {"classes",
         {{{"name", "none"}, {"defect", false}},
          {{"name", "Scratch"}, {"defect", true}},
          {{"name", "Edge-Ring"}, {"defect", true}},
          {{"name", "Center"}, {"defect", true}}}}}},
      {"limits", {{"review_at", 0.02}, {"reject_at", 0.35}}},
      {"images", 0},
      {"position_exact", true}};
}

/// Writes the three files that `inspect` ends with; the counts of run and summary are filled in.
inline void write_output_folder(
    const std::filesystem::path& folder, const std::vector<nlohmann::ordered_json>& records,
    nlohmann::ordered_json run = run_json(),
    nlohmann::ordered_json extra_summary = nlohmann::ordered_json::object()) {
  std::map<std::string, int> verdicts = {{"PASS", 0}, {"REVIEW", 0}, {"REJECT", 0}, {"ERROR", 0}};
  std::map<std::string, int> errors;
  std::string lines;
  for (const auto& record : records) {
    ++verdicts[record.at("verdict")];
    if (record.contains("error")) ++errors[record["error"]["code"]];
    lines += record.dump() + "\n";
  }
  run["images"] = records.size();
  nlohmann::ordered_json summary = {{"schema", "zeromiss-summary/1"},
                                    {"images", records.size()},
                                    {"verdicts", verdicts},
                                    {"errors", errors},
                                    {"skipped", nlohmann::ordered_json::array()},
                                    {"results_sha256", sha256_hex(lines)},
                                    {"seconds", 33.4},
                                    {"images_per_s", 89.8},
                                    {"stages",
                                     {{"read", 0.9},
                                      {"decode", 14.2},
                                      {"preprocess", 6.1},
                                      {"infer", 41.7},
                                      {"interpret", 0.1},
                                      {"write", 0.3}}}};
  summary.update(extra_summary);
  write_file(folder / "run.json", run.dump());
  write_file(folder / "results.jsonl", lines);
  write_file(folder / "summary.json", summary.dump());
}

/// Names that try to be more than names.
inline const std::vector<std::string> kHostileNames = {
    "<script>window.hacked=1</script>.png",
    "</script><img src=x onerror=\"window.hacked=2\">.png",
    "=cmd()|' /C calc'!A0.png",
    "lot\u202Egnp.exe.png",
    std::string(251, 'n') + ".png",
    "웨이퍼/검사 사진 (1).png",
    "line\u2028end & 'quote' \"double\".png",
    "{{data}} ${window.hacked=3} {n}.png",
};

/// 3,000 images: 2,700 PASS, 180 REVIEW, 90 REJECT, 30 ERROR; hostile names among the rejected.
inline std::vector<nlohmann::ordered_json> three_thousand_records() {
  const std::vector<std::string> labels = {"Scratch", "Edge-Ring", "Center"};
  const std::vector<std::string> codes = {"image.truncated", "image.empty", "image.truncated",
                                          "model.nonfinite", "image.something_new"};
  std::vector<nlohmann::ordered_json> records;
  for (int i = 0; i < 3000; ++i) {
    const auto at = static_cast<std::size_t>(i / 100);  // 30 of each place in a hundred
    const int place = i % 100;
    const double spread = static_cast<double>(at) / 30;
    std::string number = std::to_string(i);
    std::string name = "lot" + std::to_string(i / 500) + "/wafer_" +
                       std::string(4 - number.size(), '0') + number + ".png";
    if (place == 0 && at < kHostileNames.size()) name = kHostileNames[at];
    if (place < 3)
      records.push_back(judged_record(name, "REJECT", 0.999 - 0.3 * place * spread - 0.001 * spread,
                                      labels[at % labels.size()]));
    else if (place < 9)
      records.push_back(
          judged_record(name, "REVIEW", 0.03 + 0.05 * (place - 3) + 0.01 * spread, "Scratch"));
    else if (place < 10)
      records.push_back(error_record(name, codes[at % codes.size()]));
    else
      records.push_back(
          judged_record(name, "PASS", 0.0199 * std::pow(place / 100.0, 6) * spread, "none"));
  }
  return records;
}

}  // namespace zeromiss::test
