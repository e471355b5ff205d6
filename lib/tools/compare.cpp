#include "score_messages.hpp"
#include "with_evaluation.hpp"

#include <zeromiss/base/files.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/report/comparison.hpp>
#include <zeromiss/report/results_file.hpp>
#include <zeromiss/tools/compare.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <unordered_map>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& file) {
  std::error_code ignored;
  return fs::exists(file, ignored);
}

bool is_evaluation(const fs::path& place) { return is_there(place / kMetricsFile); }

void check(const CompareOptions& options) {
  if (options.a.empty() || options.b.empty())
    refuse_usage("say what to compare: evaluate compare A B");
  for (const fs::path& place : {options.a, options.b}) {
    if (!is_there(place))
      throw Error(ErrorKind::input, fmt::format("{}: there is nothing", printable(place.string())));
    if (!is_evaluation(place) && options.input.ground_truth.empty())
      refuse_usage(
          fmt::format("{}: is no output folder of evaluate (there is no {} in it); to "
                      "compare predictions say what is true: --gt FOLDER",
                      place.string(), kMetricsFile));
  }
  if (is_evaluation(options.a) && is_evaluation(options.b) && !options.input.ground_truth.empty())
    refuse_usage("--gt: both are output folders of evaluate and hold their truth already");
  if (!(options.input.confidence > 0.0 && options.input.confidence < 1.0))
    refuse_usage(fmt::format("--confidence {}: expected a number between 0 and 1, such as 0.95",
                             options.input.confidence));
}

void refuse_existing(const ScoreOptions& options) {
  if (options.output.empty() || options.overwrite || !is_there(options.output / kCompareFile))
    return;
  throw Error(ErrorKind::output,
              fmt::format("{}: exists; choose another --output or add --overwrite",
                          (options.output / kCompareFile).string()));
}

OutcomeSet read_side(const fs::path& place, const CompareOptions& options) {
  if (is_evaluation(place)) return read_outcomes(place);
  ScoreOptions one = options.input;
  one.predictions = place;
  OutcomeSet set;
  with_evaluation(one, [&](Evaluation& evaluation) {
    set = outcomes_of(evaluation, place.string());
    return kExitDone;
  });
  return set;
}

/// results.jsonl, where the place is an output of inspect.
std::optional<fs::path> records_of(const fs::path& place) {
  const fs::path file = place.extension() == ".jsonl" ? place : place / kResultsFile;
  return is_there(file) ? std::optional(file) : std::nullopt;
}

/// The same names could be other pictures: records hold their hashes.
void require_same_pictures(const CompareOptions& options) {
  const auto a = records_of(options.a), b = records_of(options.b);
  if (!a || !b) return;
  std::unordered_map<std::string, std::string> hashes;
  for_each_record(*a, ErrorKind::input, [&](const Record& record) {
    if (record.sha256) hashes.emplace(record.image + record.image_hex, *record.sha256);
  });
  for_each_record(*b, ErrorKind::input, [&](const Record& record) {
    const auto other = hashes.find(record.image + record.image_hex);
    if (other == hashes.end() || !record.sha256 || other->second == *record.sha256) return;
    throw Error(ErrorKind::refused,
                fmt::format("{} and {} cannot be compared: other test set: {} had another content "
                            "(SHA-256 {} and {})",
                            options.a.string(), options.b.string(), printable(record.image),
                            other->second, *record.sha256));
  });
}

void write_files(const fs::path& folder, const Comparison& comparison, const OutcomeSet& a,
                 const OutcomeSet& b) {
  make_folder(folder);
  std::error_code problem;
  fs::remove(folder / kCompareFile, problem);
  if (problem)
    throw Error(ErrorKind::output,
                fmt::format("{}: cannot be removed: {}", (folder / kCompareFile).string(),
                            problem.message()));
  write_file_atomically(folder / kFlipsFile, flips_csv(comparison, a, b));
  write_file_atomically(folder / kCompareFile, comparison_json(comparison, a, b));
}

}  // namespace

int compare(const CompareOptions& options, std::ostream& out) {
  check(options);
  refuse_existing(options.input);
  const OutcomeSet a = read_side(options.a, options), b = read_side(options.b, options);
  require_comparable(a, b);
  require_same_pictures(options);
  const Comparison comparison = compare_outcomes(a, b, options.input.confidence);
  if (!options.input.output.empty()) write_files(options.input.output, comparison, a, b);
  out << comparison_text(comparison, a, b);
  for (const OutcomeSet* side : {&a, &b})
    if (side->origin == "zero-miss")
      note(options.input, fmt::format("{}: its limit was chosen on these images so that none "
                                      "escapes; --threshold compares at a limit of yours",
                                      side->source));
  const auto new_escapes = comparison.counts.at(static_cast<std::size_t>(Change::new_escape));
  if (new_escapes > 0) out << fmt::format("\nFAIL: new escapes in B: {}\n", new_escapes);
  if (!options.input.output.empty())
    out << "\nWritten: " << printable((options.input.output / kCompareFile).string()) << "\n";
  if (new_escapes > 0) return kExitGateFailed;
  return comparison.not_judged[1] > 0 ? kExitSomeImagesFailed : kExitDone;
}

}  // namespace zeromiss
