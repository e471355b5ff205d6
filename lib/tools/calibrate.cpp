#include "labelled_scores.hpp"
#include "score_messages.hpp"

#include <zeromiss/base/files.hpp>
#include <zeromiss/base/json.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/metrics/intervals.hpp>
#include <zeromiss/metrics/limit.hpp>
#include <zeromiss/tools/calibrate.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <system_error>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr double kPercent = 100.0;

/// The share of "10%"; no value for what is no percentage.
std::optional<double> percentage(const std::string& margin) {
  if (margin.empty() || margin.back() != '%') return std::nullopt;
  const auto number = finite_number(margin.substr(0, margin.size() - 1));
  if (!number || *number < 0.0 || *number >= kPercent) return std::nullopt;
  return *number / kPercent;
}

void check(const CalibrateOptions& options) {
  if (options.input.output.empty()) refuse_usage("say where to write: --output DIR");
  const auto& margin = options.margin;
  if (margin != "none" && margin != "leave-one-out" && !percentage(margin))
    refuse_usage(
        fmt::format("--margin \"{}\": expected none, leave-one-out or a percentage below "
                    "100 such as 10%",
                    printable(margin)));
  if (options.target_miss && !(*options.target_miss > 0.0 && *options.target_miss < 1.0))
    refuse_usage("--target-miss: expected a rate between 0 and 1, such as 0.01");
  const fs::path file = options.input.output / kCalibrationFile;
  std::error_code ignored;
  if (!options.input.overwrite && fs::exists(fs::symlink_status(file, ignored)))
    throw Error(
        ErrorKind::output,
        fmt::format("{}: exists; choose another --output or add --overwrite", file.string()));
}

std::vector<double> defect_scores(const LabelledScores& read) {
  std::vector<double> scores;
  for (std::size_t i = 0; i < read.matched.results.size(); ++i)
    if (read.defects[read.matched.truths[i]] && read.matched.results[i].has_score)
      scores.push_back(read.matched.results[i].score);
  return scores;
}

double choose_limit(const CalibrateOptions& options, const std::vector<double>& scores) {
  const auto too_few = [](const std::string& problem) {
    return Error(ErrorKind::evidence, "" + problem);
  };
  if (scores.empty())
    throw too_few(
        "no defective image has a score, so no limit can be chosen; add defective images");
  if (options.target_miss) {
    const double confidence = options.input.confidence;
    const auto limit = risk_limit(scores, *options.target_miss, confidence);
    if (!limit)
      throw too_few(
          fmt::format("{} defective images cannot show a miss rate of {:g} with {:g} % "
                      "confidence; at least {} are needed",
                      scores.size(), *options.target_miss, kPercent * confidence,
                      demonstration_size(0, *options.target_miss, confidence)));
    return *limit;
  }
  const double lowest = *std::min_element(scores.begin(), scores.end());
  if (options.margin == "none") return lowest;
  if (const auto share = percentage(options.margin)) return lowest - *share * std::abs(lowest);
  const auto limit = leave_one_out_limit(scores);
  if (!limit) throw too_few("one defective image has no leave-one-out margin; use --margin none");
  // Where all scores are shares, a limit below 0 would mean the same and fit no model package.
  return lowest >= 0.0 ? std::max(0.0, *limit) : *limit;
}

Decision decision_of(const ImageResult& result, double limit) {
  if (result.column == kErrorColumn) return Decision::not_judged;
  return decide(result.has_score ? std::optional(result.score) : std::nullopt, limit);
}

Json value(const Figure& figure) { return figure.defined() ? Json(*figure.value) : Json(nullptr); }

}  // namespace

int calibrate(const CalibrateOptions& options, std::ostream& out) {
  check(options);
  const LabelledScores read = read_labelled_scores(options.input);
  if (read.matched.missing > 0)
    throw Error(ErrorKind::input,
                fmt::format("{} labelled images have no prediction; inspect them too, or "
                            "leave them out of the labels",
                            read.matched.missing));
  const auto scores = defect_scores(read);
  const double limit = choose_limit(options, scores);
  std::vector<DecisionCounts> counts(read.defects.size());
  for (std::size_t i = 0; i < read.matched.results.size(); ++i)
    counts[read.matched.truths[i]].add(decision_of(read.matched.results[i], limit));
  DecisionCounts defective, good;
  for (std::size_t k = 0; k < counts.size(); ++k)
    (read.defects[k] ? defective : good).add(counts[k]);
  const double confidence = options.input.confidence;
  const auto f = operating_figures(defective, good, confidence);
  Json classes = Json::array();
  for (std::size_t k = 0; k < counts.size(); ++k) {
    if (!read.defects[k]) continue;
    const auto alone = operating_figures(counts[k], {}, confidence);
    classes.push_back({{"name", read.matched.classes[k]},
                       {"images", alone.defective},
                       {"escapes", alone.escapes},
                       {"escape_rate_upper", value(alone.escape_rate_upper)}});
  }
  const std::string method = options.target_miss ? "risk control" : "zero escapes";
  const double lowest = *std::min_element(scores.begin(), scores.end());
  const Json json{{"reject_at", limit},
                  {"review_at", limit},
                  {"method", method},
                  {"margin", lowest - limit},
                  {"images", f.images},
                  {"defective", f.defective},
                  {"good", f.good},
                  {"escapes", f.escapes},
                  {"overkills", f.overkills},
                  {"accuracy", value(f.accuracy)},
                  {"escape_rate_upper", value(f.escape_rate_upper)},
                  {"confidence", confidence},
                  {"per_class", classes}};
  std::error_code problem;
  fs::create_directories(options.input.output, problem);
  if (problem)
    throw Error(ErrorKind::output, fmt::format("{}: cannot be made: {}",
                                               options.input.output.string(), problem.message()));
  write_file_atomically(options.input.output / kCalibrationFile, json_pretty(json));
  out << fmt::format(
      "Limit: {} ({}; {} below the smallest score of a defective image)\n"
      "  escapes    {} of {} defective (at most {:.3f} % with {:g} % confidence)\n"
      "  overkills  {} of {} good\n"
      "  accuracy   {:.4f}\n"
      "These images chose the limit: judge it on others.\n",
      limit, method, lowest - limit, f.escapes, f.defective,
      kPercent * f.escape_rate_upper.or_zero(), kPercent * confidence, f.overkills, f.good,
      f.accuracy.or_zero());
  return kExitDone;
}

}  // namespace zeromiss
