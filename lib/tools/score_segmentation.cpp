#include "score_segmentation.hpp"

#include "class_list.hpp"
#include "mask_folders.hpp"
#include "match.hpp"
#include "operating.hpp"
#include "pod_targets.hpp"
#include "score_messages.hpp"

#include <zeromiss/base/hash.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/report/metrics_report.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <system_error>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTask = "segmentation";
constexpr std::uint16_t kNothing = std::numeric_limits<std::uint16_t>::max();
constexpr std::size_t kMostClasses = 1024;
enum Row : std::size_t { kDefective, kGood };

void check(const ScoreOptions& options) {
  const auto refuse_number = [](const char* option, const std::optional<int>& value, int lowest) {
    if (value && (*value < lowest || *value > kNothing))
      refuse_usage(
          fmt::format("{} {}: expected a number from {} to {}", option, *value, lowest, kNothing));
  };
  refuse_number("--ignore-index", options.ignore_index, 0);
  refuse_number("--mask-threshold", options.mask_threshold, 1);
  if (!(options.region_overlap > 0.0 && options.region_overlap <= 1.0))
    refuse_usage(fmt::format("--region-overlap {}: expected a share above 0, at most 1",
                             options.region_overlap));
  if (options.task != "auto" && options.task != kTask)
    refuse_usage(fmt::format("--task {}: the ground truth ({}) is that of a {}", options.task,
                             options.ground_truth.string(), kTask));
  if (options.gt_format != "auto" && options.gt_format != "mask" && options.gt_format != "mvtec")
    refuse_usage(
        fmt::format("--gt-format {}: {} is scored on mask or mvtec", options.gt_format, kTask));
  if (options.predictions_format != "auto" && options.predictions_format != "mask")
    refuse_usage(fmt::format("--predictions-format {}: masks are compared with a folder of masks",
                             options.predictions_format));
  if (options.threshold || options.zero_miss)
    refuse_usage("--threshold and --zero-miss: masks hold no scores");
  if (options.ignore_index && options.mask_threshold)
    refuse_usage("--ignore-index and --mask-threshold exclude each other");
}

/// Counts everything over the pairs, one after the other: two masks in memory.
class Counter {
 public:
  Counter(const ScoreOptions& options, const MaskPairs& masks)
      : options_(options),
        threshold_(options.mask_threshold.value_or(masks.gt_format == "mvtec" ? 1 : -1)),
        predicted_threshold_(threshold_ > 1 && are_two_classes(masks) ? -1 : threshold_),
        ignored_(static_cast<std::uint16_t>(options.ignore_index.value_or(kNothing))) {
    report_.classes = class_list(options.classes);
    if (report_.classes.empty() && threshold_ >= 0) report_.classes = {"good", "defect"};
    if (report_.classes.empty()) name_by_number(masks);
    if (report_.classes.size() < 2)
      refuse_usage("--classes: expected the background and at least one class");
    defects_ = defects_by_option(report_.classes, options).value_or(all_but_first());
    report_.overlap = options.region_overlap;
  }

  void run(const MaskPairs& masks, Evaluation& evaluation) {
    RegionOptions region;
    region.classes = report_.classes.size();
    region.ignored = ignored_;
    region.overlap = options_.region_overlap;
    RegionSamples regions(region);
    SegmentationSamples pixels(report_.classes.size(), ignored_);
    OperatingPointBuilder point(evaluation, Figure::undefined("no_scores"), "predicted masks");
    Sha256 labels;
    std::vector<std::uint32_t> image_of;  // of each region
    for (const MaskPair& pair : masks.pairs) {
      LabelMask truth, predicted;
      read(pair, truth, predicted);
      try {
        pixels.add(truth.view(), predicted.view());
        regions.add(truth.view(), predicted.view());
        image_of.resize(regions.regions().size(),
                        static_cast<std::uint32_t>(&pair - masks.pairs.data()));
      } catch (const std::invalid_argument& problem) {
        throw Error(ErrorKind::input, fmt::format("{}: {} (true mask: {})", pair.predicted.string(),
                                                  problem.what(), pair.truth.string()));
      }
      const bool missing = pair.predicted.empty();
      const auto decision = missing                        ? Decision::missing
                            : has_defect(predicted, truth) ? Decision::flagged
                                                           : Decision::passed;
      evaluation.missing += missing ? 1 : 0;
      const std::size_t row = has_defect(truth, truth) ? kDefective : kGood;
      add_labels(labels, pair.name, truth);
      ImageOutcome outcome;
      outcome.truth = static_cast<std::uint32_t>(row);
      outcome.decision = decision;
      evaluation.outcomes.push_back(outcome);
      point.add(row, decision, [&] {
        Miss miss{};
        miss.image = to_utf8(pair.name);
        miss.truth = evaluation.truths[row].name;
        miss.verdict = missing ? kVerdictColumns[kMissingColumn] : "";
        return miss;
      });
    }
    point.finish(options_);
    evaluation.labels_sha256 = labels.hex();
    evaluation.image_name = [&masks](std::size_t i) { return masks.pairs[i].name; };
    report_.matrix = pixels.matrix();
    report_.figures = segmentation_figures(report_.matrix);
    report_.regions = regions.counts();
    for (std::size_t k = 0; k < defects_.size(); ++k)
      if (defects_[k]) evaluation.positive.push_back(report_.classes[k]);
    evaluation.segmentation = std::move(report_);
    add_region_pod(
        evaluation, regions.regions(), image_of, defects_,
        [&masks](std::size_t i) { return masks.pairs[i].name; }, options_);
  }

 private:
  [[nodiscard]] std::vector<bool> all_but_first() const {
    std::vector<bool> flags(report_.classes.size(), true);
    flags[0] = false;
    return flags;
  }

  /// Predicted masks without a number above 1 are no shades but classes, as `inspect` writes them.
  [[nodiscard]] static bool are_two_classes(const MaskPairs& masks) {
    return std::all_of(masks.pairs.begin(), masks.pairs.end(), [](const MaskPair& pair) {
      if (pair.predicted.empty()) return true;
      const auto labels = read_mask(pair.predicted, -1).labels;
      return std::all_of(labels.begin(), labels.end(), [](std::uint16_t k) { return k <= 1; });
    });
  }

  /// Where the truth is to be ignored, a predicted defect is neither right nor wrong.
  [[nodiscard]] bool has_defect(const LabelMask& mask, const LabelMask& truth) const {
    for (std::size_t i = 0; i < mask.labels.size(); ++i) {
      const std::uint16_t label = mask.labels[i];
      if (truth.labels[i] != ignored_ && label < defects_.size() && defects_[label]) return true;
    }
    return false;
  }

  /// All background counts the same whether its mask is there or not (then it has no size either).
  static void add_labels(Sha256& hash, const std::string& name, const LabelMask& truth) {
    hash.update(name + "\n");
    const auto& labels = truth.labels;
    if (std::all_of(labels.begin(), labels.end(), [](std::uint16_t k) { return k == 0; })) return;
    hash.update(fmt::format("{}x{}\n", truth.width, truth.height));
    const auto* bytes = reinterpret_cast<const char*>(truth.labels.data());
    hash.update(std::string_view(bytes, labels.size() * sizeof(labels[0])));
  }

  /// Without --classes: as many as the highest number says, called by their numbers.
  void name_by_number(const MaskPairs& masks) {
    std::uint16_t highest = 1;
    fs::path where;
    for (const MaskPair& pair : masks.pairs)
      for (const fs::path& file : {pair.truth, pair.predicted}) {
        if (file.empty()) continue;
        for (const std::uint16_t label : read_mask(file, -1).labels)
          if (label != ignored_ && label > highest) highest = label, where = file;
      }
    constexpr std::uint16_t kUsuallyIgnored = 255;
    if (highest >= kUsuallyIgnored)
      note(options_, fmt::format("{} has pixels of number {}: --ignore-index if they are not to "
                                 "count, --mask-threshold if the masks are shades",
                                 where.string(), highest));
    if (highest >= kMostClasses)
      throw Error(ErrorKind::input,
                  fmt::format("{}: class number {}; name the classes with --classes, or use "
                              "--mask-threshold",
                              where.string(), highest));
    for (std::size_t k = 0; k <= highest; ++k) report_.classes.push_back(std::to_string(k));
  }

  void read(const MaskPair& pair, LabelMask& truth, LabelMask& predicted) const {
    if (!pair.truth.empty()) truth = read_mask(pair.truth, threshold_);
    // 65535 stands for "no usable prediction" here; in a true mask it must not hide a defect.
    if (!options_.ignore_index &&
        std::find(truth.labels.begin(), truth.labels.end(), kNothing) != truth.labels.end())
      throw Error(
          ErrorKind::input,
          fmt::format("{}: pixels of number {}, which is no class; --ignore-index {} if they "
                      "are not to count",
                      pair.truth.string(), kNothing, kNothing));
    if (!pair.predicted.empty()) predicted = read_mask(pair.predicted, predicted_threshold_);
    const auto blank = [](const LabelMask& like, std::uint16_t label) {
      return LabelMask{like.height, like.width,
                       std::vector<std::uint16_t>(like.labels.size(), label)};
    };
    if (pair.truth.empty()) truth = blank(predicted, 0);
    if (pair.predicted.empty()) predicted = blank(truth, ignored_);  // no usable prediction
  }

  const ScoreOptions& options_;
  int threshold_, predicted_threshold_;
  std::uint16_t ignored_;
  std::vector<bool> defects_;
  SegmentationReport report_;
};

/// Only pictures, all PNG, directly in the folder: masks that nobody sorted by class.
bool holds_only_masks(const fs::path& folder) {
  std::error_code problem;
  bool some = false;
  for (fs::directory_iterator it(folder, problem), end; !problem && it != end;
       it.increment(problem)) {
    if (it->path().filename().string().front() == '.') continue;
    if (it->is_directory(problem) || lower_ascii(it->path().extension().string()) != ".png")
      return false;
    some = true;
  }
  return some;
}

}  // namespace

bool is_segmentation(const ScoreOptions& options) {
  std::error_code ignored;
  if (options.gt_format == "mask") return true;
  if (options.task == kTask) return fs::is_directory(options.ground_truth, ignored);
  return options.task == "auto" && options.gt_format == "auto" &&
         holds_only_masks(options.ground_truth) && holds_only_masks(options.predictions);
}

int score_segmentation(const ScoreOptions& options, const EvaluationSink& use) {
  check(options);
  const MaskPairs masks = pair_masks(options);
  note(options,
       fmt::format("ground truth: {} masks, read as \"{}\"; predictions: a folder of masks",
                   masks.pairs.size(), masks.gt_format));
  Evaluation evaluation;
  evaluation.task = kTask;
  evaluation.predictions_format = "mask";
  evaluation.gt_format = masks.gt_format;
  evaluation.images = masks.pairs.size();
  evaluation.unlabelled = masks.unlabelled;
  evaluation.has_verdicts = false;
  evaluation.truths = {{"defective", true, {}, {}}, {"good", false, {}, {}}};
  Counter(options, masks).run(masks, evaluation);
  if (evaluation.missing > 0)
    note(options, fmt::format("{} images have no predicted mask: their pixels count as wrong, and "
                              "they are listed in {}",
                              evaluation.missing, kMissesFile));
  return use(evaluation);
}

}  // namespace zeromiss
