#include "spec_inputs.hpp"

#include <zeromiss/report/record.hpp>
#include <zeromiss/report/results_file.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace zeromiss {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::size_t kMostDifferences = 50;

/// What one run said of all images, line by line.
std::vector<std::string> lines_of(const SpecRun& run) {
  std::vector<std::string> lines;
  for_each_line(run.results, ErrorKind::input,
                [&](std::string_view line) { lines.emplace_back(line); });
  return lines;
}

Json score_json(const Record& record) { return record.score ? Json(*record.score) : Json(); }

class Differences {
 public:
  void add(std::size_t image, const SpecRun& a, const std::string& left, const SpecRun& b,
           const std::string& right) {
    const Record one = parse_record(left, a.results.string(), image + 1, ErrorKind::input);
    const Record two = parse_record(right, b.results.string(), image + 1, ErrorKind::input);
    if (one.image != two.image)
      throw Error(
          ErrorKind::refused,
          fmt::format("{}: record {} is of {}, but {}: of {}; repeated runs have the same "
                      "images",
                      a.results.string(), image + 1, one.image, b.results.string(), two.image));
    ++images_;
    if (one.verdict != two.verdict) ++flips_;
    if (one.score && two.score) largest_ = std::max(largest_, std::abs(*one.score - *two.score));
    if (list_.size() < kMostDifferences)
      list_.push_back({{"image", one.image},
                       {"verdicts", {verdict_name(one.verdict), verdict_name(two.verdict)}},
                       {"scores", {score_json(one), score_json(two)}},
                       {"runs", {a.run.name(), b.run.name()}}});
  }
  [[nodiscard]] Json json(std::size_t runs, std::size_t images) const {
    return {{"runs", runs},
            {"images", images},
            {"identical", images_ == 0},
            {"differing_records", images_},
            {"differing_verdicts", flips_},
            {"largest_score_difference", largest_},
            {"differences", list_}};
  }

 private:
  std::uint64_t images_ = 0, flips_ = 0;
  double largest_ = 0;
  Json list_ = Json::array();
};

}  // namespace

Json repeats_json(const std::vector<SpecRun>& runs) {
  if (runs.size() < 2) return nullptr;
  Differences differences;
  const auto images = runs[0].run.json.at("images").get<std::size_t>();
  const auto same = [&](const SpecRun& run) {
    return run.results_sha256 == runs[0].results_sha256;
  };
  if (std::all_of(runs.begin(), runs.end(), same)) return differences.json(runs.size(), images);
  const auto first = lines_of(runs[0]);
  for (std::size_t i = 1; i < runs.size(); ++i) {
    if (same(runs[i])) continue;
    const auto other = lines_of(runs[i]);
    if (other.size() != first.size())
      throw Error(ErrorKind::refused,
                  fmt::format("{}: has {} records, but {}: {}; repeated runs have the same images",
                              runs[0].results.string(), first.size(), runs[i].results.string(),
                              other.size()));
    for (std::size_t k = 0; k < first.size(); ++k)
      if (first[k] != other[k]) differences.add(k, runs[0], first[k], runs[i], other[k]);
  }
  return differences.json(runs.size(), images);
}

}  // namespace zeromiss
