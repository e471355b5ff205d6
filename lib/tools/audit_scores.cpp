// The predictions of the last split: figures with and without leaked images, and labels that the
// predictions speak against.
#include "audit_findings.hpp"
#include "labelled_scores.hpp"
#include "score_messages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_map>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNeighbours = 5;
constexpr std::size_t kMostDoubts = 1000;
constexpr double kLeastContradiction = 0.1;  // below, the scores do not speak against the label

struct Judged {
  std::size_t image = 0;  ///< of the findings
  bool defect = false;
  ImageResult result;
  std::string predicted;
};

/// Share of the other kind that looks less like its own label than this one does: 1 for a defective
/// image that scores below every good one.
class Contradiction {
 public:
  explicit Contradiction(const std::vector<Judged>& all) {
    for (const auto& one : all)
      if (one.result.has_score) (one.defect ? defects_ : goods_).push_back(one.result.score);
    std::sort(defects_.begin(), defects_.end());
    std::sort(goods_.begin(), goods_.end());
  }
  [[nodiscard]] double of(const Judged& one) const {
    const auto& others = one.defect ? goods_ : defects_;
    if (others.empty()) return 0;
    const double score = one.result.score;
    const auto below = std::lower_bound(others.begin(), others.end(), score) - others.begin();
    const auto upto = std::upper_bound(others.begin(), others.end(), score) - others.begin();
    const auto all = static_cast<std::ptrdiff_t>(others.size());
    // Ties count half, as in the ROC curve's area.
    const double worse = one.defect ? static_cast<double>(all - upto) : static_cast<double>(below);
    return (worse + 0.5 * static_cast<double>(upto - below)) / static_cast<double>(all);
  }

 private:
  std::vector<double> defects_, goods_;
};

double alike(const Fingerprint& a, const Fingerprint& b) {
  float sum = 0;
  for (std::size_t i = 0; i < a.thumb.size(); ++i) sum += a.thumb[i] * b.thumb[i];
  return static_cast<double>(sum);
}

/// The nearest pictures of all splits by the correlation of their thumbs.
void ask_neighbours(const std::vector<AuditImage>& images, LabelDoubt& doubt) {
  const auto& own = images[doubt.image];
  std::vector<std::pair<double, std::size_t>> near;
  for (std::size_t i = 0; i < images.size(); ++i)
    if (i != doubt.image && !images[i].label.empty() && !images[i].print.thumb.empty() &&
        !own.print.thumb.empty())
      near.emplace_back(-alike(own.print, images[i].print), i);
  const std::size_t count = std::min(kNeighbours, near.size());
  std::partial_sort(near.begin(), near.begin() + static_cast<std::ptrdiff_t>(count), near.end());
  near.resize(count);
  doubt.nearest = near.empty() ? doubt.image : near.front().second;
  std::size_t others = 0;
  for (const auto& [distance, i] : near) {
    if (images[i].label == own.label) continue;
    if (others++ == 0) doubt.nearest = i;
  }
  if (count > 0) doubt.neighbours = static_cast<double>(others) / static_cast<double>(count);
}

std::vector<LabelDoubt> find_doubts(const AuditFindings& found, const std::vector<Judged>& all) {
  const Contradiction contradiction(all);
  std::vector<LabelDoubt> doubts;
  for (const auto& one : all) {
    if (!one.result.has_score) continue;
    LabelDoubt doubt;
    doubt.contradiction = contradiction.of(one);
    if (doubt.contradiction < kLeastContradiction) continue;
    doubt.image = one.image, doubt.defect = one.defect, doubt.score = one.result.score;
    doubt.predicted = one.predicted;
    doubts.push_back(std::move(doubt));
  }
  std::stable_sort(doubts.begin(), doubts.end(),
                   [](const auto& a, const auto& b) { return a.contradiction > b.contradiction; });
  if (doubts.size() > kMostDoubts) doubts.resize(kMostDoubts);
  for (auto& doubt : doubts) {
    ask_neighbours(found.set.images, doubt);
    doubt.doubt = (doubt.contradiction + doubt.neighbours) / 2;
  }
  std::stable_sort(doubts.begin(), doubts.end(),
                   [](const auto& a, const auto& b) { return a.doubt > b.doubt; });
  return doubts;
}

/// How the images are judged: by their verdicts, --threshold, or the zero-miss point.
struct Cut {
  std::optional<double> threshold;
  std::string origin;
};

Cut choose_cut(const std::vector<Judged>& all, const PredictedRun& run,
               const ScoreOptions& options) {
  if (options.threshold) return {options.threshold, "--threshold"};
  const bool verdicts = std::any_of(
      all.begin(), all.end(), [](const Judged& one) { return one.result.column < kErrorColumn; });
  if (verdicts && run.for_calibration) refuse_calibration_verdicts(run.results, "--threshold");
  if (verdicts) return {std::nullopt, "their verdicts"};
  std::vector<ScoredSample> samples;
  for (const auto& one : all)
    if (one.result.has_score) samples.push_back({one.result.score, one.defect});
  const auto limit = zero_miss_threshold(samples);
  if (!limit) refuse_usage("no defective image has a score; give --threshold");
  return {limit, "the zero-miss point"};
}

Decision decision(const Judged& one, const Cut& cut) {
  const auto& result = one.result;
  if (result.column == kMissingColumn) return Decision::missing;
  if (result.column == kErrorColumn) return Decision::not_judged;
  if (!cut.threshold) return result.column == 0 ? Decision::passed : Decision::flagged;
  return decide(result.has_score ? std::optional(result.score) : std::nullopt, *cut.threshold);
}

}  // namespace

LeakScores leak_scores(const AuditFindings& found, const AuditOptions& options) {
  const auto& set = found.set;
  const std::size_t last = set.splits.size() - 1;
  const auto& split = set.splits[last];
  if (split.labels != "folder" && split.labels != "csv")
    refuse_usage(
        fmt::format("--predictions: {} is labelled as \"{}\"; class folders or labels.csv "
                    "are needed in this version",
                    split.name, split.labels));
  ScoreOptions input = options.input;
  input.output.clear();
  input.ground_truth = split.labels == "csv" ? split.folder / "labels.csv" : split.folder;
  input.gt_format = split.labels;
  const LabelledScores read = read_labelled_scores(input);
  std::unordered_map<std::string_view, std::size_t> place;
  for (std::size_t i = 0; i < set.images.size(); ++i)
    if (set.images[i].split == last) place.emplace(set.images[i].name, i);
  std::vector<Judged> all;
  for (std::size_t i = 0; i < read.truth.images.size(); ++i) {
    const auto image = place.find(read.truth.images[i].image);
    if (image == place.end())
      throw Error(ErrorKind::input, fmt::format("{}: labelled, but there is no such image",
                                                read.truth.images[i].image));
    const auto& result = read.matched.results[i];
    const std::string predicted =
        result.label < 0 ? "" : read.matched.classes[static_cast<std::size_t>(result.label)];
    all.push_back({image->second, read.defects[read.matched.truths[i]], result, predicted});
  }
  const Cut cut = choose_cut(all, read.run, input);
  const std::set<std::size_t> leaked(found.removable.begin(), found.removable.end());
  std::array<std::array<DecisionCounts, 2>, 2> counts;  // leaked x defective
  for (const auto& one : all)
    counts.at(leaked.contains(one.image) ? 1 : 0).at(one.defect ? 1 : 0).add(decision(one, cut));
  const auto& [clean, known] = counts;
  const double confidence = input.confidence;
  LeakScores scores;
  scores.split = split.name, scores.origin = cut.origin;
  if (cut.threshold) scores.threshold = *cut.threshold;
  scores.without = operating_figures(clean[1], clean[0], confidence);
  scores.leaked = operating_figures(known[1], known[0], confidence);
  auto both = clean;
  for (std::size_t k = 0; k < both.size(); ++k) both.at(k).add(known.at(k));
  scores.all = operating_figures(both[1], both[0], confidence);
  scores.doubts = find_doubts(found, all);
  return scores;
}

}  // namespace zeromiss
