#include <zeromiss/base/atomic_file.hpp>
#include <zeromiss/base/hash.hpp>
#include <zeromiss/base/json.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/report/metrics_report.hpp>
#include <zeromiss/report/outcomes.hpp>
#include <zeromiss/report/results_file.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <iterator>
#include <system_error>
#include <utility>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 4> kDecisions{"passed", "flagged", "not_judged", "missing"};
constexpr std::string_view kMetricsSchema = "zeromiss-metrics/1";

/// Gives each name a number, in the order of their first use.
class Names {
 public:
  std::uint32_t number(const std::string& name) {
    const auto [place, fresh] =
        numbers_.try_emplace(name, static_cast<std::uint32_t>(list_.size()));
    if (fresh) list_.push_back(name);
    return place->second;
  }
  std::vector<std::string> take() { return std::move(list_); }

 private:
  std::map<std::string, std::uint32_t> numbers_;
  std::vector<std::string> list_;
};

std::string truth_name(const Evaluation& evaluation, const ImageOutcome& outcome) {
  if (evaluation.regression) return fmt::format("{}", outcome.value);
  return evaluation.truths.at(outcome.truth).name;
}

bool is_defective(const Evaluation& evaluation, const ImageOutcome& outcome) {
  return !evaluation.regression && evaluation.truths.at(outcome.truth).defect;
}

void sort_images(OutcomeSet& set) {
  std::sort(set.images.begin(), set.images.end(),
            [](const LabelledOutcome& a, const LabelledOutcome& b) { return a.image < b.image; });
}

std::string quoted(const std::string& text) { return json_line(Json(text)); }

/// One line after the other; written out by hand, because there may be a million.
class LineWriter {
 public:
  explicit LineWriter(const Evaluation& evaluation) : evaluation_(evaluation) {
    for (const TruthRow& row : evaluation.truths) truths_.push_back(quoted(row.name));
    for (const std::string& name : evaluation.classes) classes_.push_back(quoted(name));
  }

  const std::string& line(std::size_t i) {
    const ImageOutcome& outcome = evaluation_.outcomes[i];
    const std::string image = evaluation_.image_name(i);
    line_.clear();
    auto out = std::back_inserter(line_);
    fmt::format_to(out, "{{\"image\":{}", quoted(to_utf8(image)));
    if (!is_utf8(image)) fmt::format_to(out, ",\"image_hex\":\"{}\"", to_hex(image));
    fmt::format_to(out, ",\"truth\":{},\"defective\":{}",
                   evaluation_.regression ? quoted(truth_name(evaluation_, outcome))
                                          : truths_.at(outcome.truth),
                   is_defective(evaluation_, outcome));
    if (outcome.decision)
      fmt::format_to(out, ",\"decision\":\"{}\"", decision_name(*outcome.decision));
    else
      line_ += ",\"decision\":null";
    if (outcome.verdict < kVerdictColumns.size())
      fmt::format_to(out, ",\"verdict\":\"{}\"", kVerdictColumns.at(outcome.verdict));
    if (outcome.predicted >= 0)
      fmt::format_to(out, ",\"label\":{}",
                     classes_.at(static_cast<std::size_t>(outcome.predicted)));
    if (outcome.has_score)
      fmt::format_to(out, ",\"score\":{}}}\n", outcome.score);
    else
      line_ += ",\"score\":null}\n";
    return line_;
  }

 private:
  const Evaluation& evaluation_;
  std::vector<std::string> truths_, classes_;
  std::string line_;
};

LabelledOutcome parse_outcome(const JsonNode& line, Names& names) {
  line.only({"image", "image_hex", "truth", "defective", "decision", "verdict", "label", "score"});
  LabelledOutcome outcome;
  const auto hex = line.find("image_hex");
  outcome.image = hex ? from_hex(hex->string()) : line.at("image").string();
  outcome.truth = names.number(line.at("truth").string());
  outcome.defective = line.at("defective").boolean();
  if (const JsonNode decision = line.at("decision"); !decision.is_null())
    outcome.decision = static_cast<Decision>(decision.one_of(kDecisions));
  outcome.verdict = kVerdictColumns.size();
  if (const auto verdict = line.find("verdict")) {
    constexpr std::array<std::string_view, kVerdictColumns.size()> kWords{
        kVerdictColumns[0], kVerdictColumns[1], kVerdictColumns[2], kVerdictColumns[3],
        kVerdictColumns[4]};
    outcome.verdict = static_cast<std::uint8_t>(verdict->one_of(kWords));
  }
  if (const auto label = line.find("label"))
    outcome.label = static_cast<std::int32_t>(names.number(label->string()));
  if (const JsonNode score = line.at("score"); !score.is_null()) outcome.score = score.number();
  return outcome;
}

/// What metrics.json says of the whole.
struct Head {
  std::uint64_t images = 0;
  std::string outcomes_sha256;
};

Head read_head(const fs::path& folder, OutcomeSet& set) {
  const fs::path file = folder / kMetricsFile;
  std::error_code ignored;
  if (!fs::exists(file, ignored))
    throw Error(ErrorKind::input,
                fmt::format("{}: there is no {} in it, so it is no output folder of evaluate",
                            folder.string(), kMetricsFile));
  const auto document = JsonDocument::read(file, ErrorKind::input);
  const JsonNode root = document.root();
  constexpr std::array kSchemas{kMetricsSchema};
  static_cast<void>(root.at("schema").one_of(kSchemas));
  if (!root.find("test_set"))
    root.fail(
        "there is no test_set: it was written by a version that cannot be compared; "
        "evaluate again");
  set.task = root.at("task").string();
  const JsonNode test_set = root.at("test_set");
  set.labels_sha256 = test_set.at("labels_sha256").string();
  if (const auto seal = test_set.find("seal")) set.seal_root = seal->at("root").string();
  const JsonNode positive = root.at("positive");
  for (std::size_t i = 0; i < positive.size(); ++i) set.positive.push_back(positive.at(i).string());
  if (const JsonNode point = root.at("operating_point"); !point.is_null()) {
    set.origin = point.at("origin").string();
    if (const JsonNode limit = point.at("threshold"); !limit.is_null())
      set.threshold = limit.number();
  } else if (const auto reason = root.at("reasons").find("operating_point")) {
    set.no_operating_point = reason->string();
  }
  return {static_cast<std::uint64_t>(test_set.at("images").integer(0, INT64_MAX)),
          test_set.at("outcomes_sha256").string()};
}

}  // namespace

const char* decision_name(Decision decision) {
  return kDecisions.at(static_cast<std::size_t>(decision)).data();
}

OutcomeSet outcomes_of(const Evaluation& evaluation, std::string source) {
  OutcomeSet set;
  set.source = std::move(source);
  set.task = evaluation.task;
  set.labels_sha256 = evaluation.labels_sha256;
  if (evaluation.seal) set.seal_root = evaluation.seal->root;
  set.positive = evaluation.positive;
  set.no_operating_point = evaluation.no_operating_point;
  if (evaluation.operating_point) {
    set.origin = evaluation.operating_point->origin;
    set.threshold = evaluation.operating_point->threshold.value;
  }
  Names names;
  for (std::size_t i = 0; i < evaluation.outcomes.size(); ++i) {
    const ImageOutcome& outcome = evaluation.outcomes[i];
    LabelledOutcome one;
    one.image = evaluation.image_name(i);
    one.truth = names.number(truth_name(evaluation, outcome));
    if (outcome.predicted >= 0)
      one.label = static_cast<std::int32_t>(
          names.number(evaluation.classes.at(static_cast<std::size_t>(outcome.predicted))));
    one.verdict = outcome.verdict;
    one.defective = is_defective(evaluation, outcome);
    one.decision = outcome.decision;
    if (outcome.has_score) one.score = outcome.score;
    set.images.push_back(std::move(one));
  }
  set.names = names.take();
  sort_images(set);
  return set;
}

std::string write_outcomes(const fs::path& folder, const Evaluation& evaluation) {
  AtomicFile file(folder / kOutcomesFile);
  Sha256 hash;
  LineWriter writer(evaluation);
  for (std::size_t i = 0; i < evaluation.outcomes.size(); ++i) {
    const std::string& line = writer.line(i);
    hash.update(line);
    file.append(line);
  }
  file.commit();
  return hash.hex();
}

OutcomeSet read_outcomes(const fs::path& folder) {
  OutcomeSet set;
  set.source = folder.string();
  const Head head = read_head(folder, set);
  const fs::path file = folder / kOutcomesFile;
  Names names;
  Sha256 hash;
  std::uint64_t number = 0;
  for_each_line(file, ErrorKind::input, [&](std::string_view line) {
    hash.update(line);
    hash.update("\n");
    const JsonDocument document(line, fmt::format("{}:{}", file.string(), ++number),
                                ErrorKind::input);
    set.images.push_back(parse_outcome(document.root(), names));
  });
  if (hash.hex() != head.outcomes_sha256 || number != head.images)
    throw Error(ErrorKind::input,
                fmt::format("{}: is not the file that {} was written with; evaluate again",
                            file.string(), kMetricsFile));
  set.names = names.take();
  sort_images(set);
  return set;
}

}  // namespace zeromiss
