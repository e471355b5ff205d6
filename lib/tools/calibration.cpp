#include "calibration.hpp"

#include <zeromiss/base/json.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/metrics/intervals.hpp>
#include <zeromiss/metrics/limit.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace zeromiss {
namespace {

constexpr double kPercent = 100.0;

[[noreturn]] void too_few(const std::string& problem) { throw Error(ErrorKind::evidence, problem); }

void choose_by_risk(const CalibrateOptions& options, const std::vector<double>& units,
                    ChosenLimits& chosen) {
  const double confidence = options.input.confidence;
  const auto limit = risk_limit(units, *options.target_miss, confidence);
  if (!limit) {
    const auto needed = demonstration_size(0, *options.target_miss, confidence);
    too_few(
        fmt::format("{} defective images cannot show a miss rate of {:g} with {:g} % "
                    "confidence; {} are needed",
                    units.size(), *options.target_miss, kPercent * confidence,
                    needed ? fmt::format("at least {}", *needed) : "more than 10^15"));
  }
  const auto escapes =
      std::count_if(units.begin(), units.end(), [&](double score) { return score < *limit; });
  chosen.method = "risk control";
  chosen.review_at = *limit;
  chosen.reason = fmt::format(
      "the largest limit whose exact bound of the miss rate is at most {:g} with {:g} % "
      "confidence; {} of {} may pass for that",
      *options.target_miss, kPercent * confidence, escapes, units.size());
}

void choose_by_margin(const CalibrateOptions& options, const std::vector<double>& units,
                      ChosenLimits& chosen) {
  const std::string& margin = options.margin;
  const double lowest = chosen.lowest;
  chosen.method = "zero escapes";
  chosen.margin = margin;
  chosen.review_at = lowest;
  if (margin == "none") {
    chosen.reason = "no margin: the smallest score of a defective image itself";
  } else if (const auto share = percentage(margin)) {
    chosen.review_at = lowest - *share * std::abs(lowest);
    chosen.reason = fmt::format("{} of that score, as asked for; the data give no reason", margin);
  } else if (margin == "leave-one-out") {
    const auto limit = leave_one_out_limit(units);
    if (!limit) too_few("one defective part has no leave-one-out margin; use --margin none");
    chosen.reason = fmt::format(
        "without the lowest one the limit would have been {}, and would have missed it by that "
        "much",
        lowest + (lowest - *limit));
    chosen.review_at = *limit;
  } else {
    const auto limit = bootstrap_limit(units, options.input.confidence);
    if (!limit) too_few("one defective part has no bootstrap margin; use --margin none");
    chosen.reason = fmt::format(
        "{:g} % of all sets drawn from these with replacement have their lowest at {} or below, "
        "and would have missed the lowest of all by at most that much",
        kPercent * options.input.confidence, lowest + (lowest - *limit));
    chosen.review_at = *limit;
  }
}

bool all_shares(const CalibrationScores& scores) {
  const auto share = [](double score) { return score >= 0.0 && score <= 1.0; };
  return std::all_of(scores.defective.begin(), scores.defective.end(), share) &&
         std::all_of(scores.good.begin(), scores.good.end(), share);
}

}  // namespace

std::optional<double> percentage(const std::string& margin) {
  if (margin.empty() || margin.back() != '%') return std::nullopt;
  const auto number = finite_number(margin.substr(0, margin.size() - 1));
  if (!number || *number < 0.0 || *number >= kPercent) return std::nullopt;
  return *number / kPercent;
}

CalibrationScores calibration_scores(const LabelledScores& read,
                                     const std::optional<PartIds>& parts) {
  constexpr double kNone = std::numeric_limits<double>::infinity();
  CalibrationScores scores;
  std::vector<double> lowest(parts ? parts->parts : 0, kNone);
  for (std::size_t i = 0; i < read.matched.results.size(); ++i) {
    const ImageResult& result = read.matched.results[i];
    if (!result.has_score) continue;
    if (!read.defects[read.matched.truths[i]]) {
      scores.good.push_back(result.score);
      continue;
    }
    scores.defective.push_back(result.score);
    if (parts) lowest[parts->of[i]] = std::min(lowest[parts->of[i]], result.score);
  }
  if (!parts) {
    scores.units = scores.defective;
    return scores;
  }
  std::copy_if(lowest.begin(), lowest.end(), std::back_inserter(scores.units),
               [](double score) { return score < kNone; });
  return scores;
}

ChosenLimits choose_limits(const CalibrateOptions& options, const CalibrationScores& scores) {
  if (scores.defective.empty())
    too_few("no defective image has a score, so no limit can be chosen; add defective images");
  ChosenLimits chosen;
  chosen.lowest = *std::min_element(scores.defective.begin(), scores.defective.end());
  if (options.target_miss)
    choose_by_risk(options, scores.units, chosen);
  else
    choose_by_margin(options, scores.units, chosen);
  // A limit below 0 would mean the same as 0 and fit no package; scores of another kind go below.
  const bool shares = all_shares(scores);
  if (shares) chosen.review_at = std::max(0.0, chosen.review_at);
  chosen.reject_at = chosen.review_at;
  if (options.review_band)
    chosen.reject_at =
        rejection_limit(scores.defective, scores.good, *options.review_band, chosen.review_at);
  // A package's limits are shares; good images with a score of 1 are rejected at any of them.
  if (shares) chosen.reject_at = std::min(chosen.reject_at, 1.0);
  return chosen;
}

EarlierCalibration read_calibration(const std::filesystem::path& folder) {
  const auto document = JsonDocument::read(folder / kCalibrationFile, ErrorKind::input);
  const JsonNode root = document.root();
  EarlierCalibration earlier{root.at("review_at").number(), std::nullopt, "", ""};
  if (const auto images = root.find("calibration_images"); images && !images->is_null())
    earlier.images = parse_calibration_images(*images);
  if (const auto model = root.find("model"); model && !model->is_null()) {
    earlier.model_sha256 = model->at("sha256").string();
    if (const JsonNode precision = model->at("precision"); !precision.is_null())
      earlier.precision = precision.string();
  }
  return earlier;
}

}  // namespace zeromiss
