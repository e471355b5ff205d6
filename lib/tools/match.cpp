#include "match.hpp"

#include <zeromiss/base/text.hpp>
#include <zeromiss/report/metrics_report.hpp>
#include <zeromiss/report/results_file.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace zeromiss {
namespace {

constexpr std::uint64_t kProgressEvery = 4096;
constexpr std::size_t kNamesShown = 3;

/// The bytes of a record's path; its text holds U+FFFD where they are not UTF-8.
std::string key_of(const Record& record) {
  if (record.image_hex.empty()) return record.image;
  std::string bytes;
  for (std::size_t i = 0; i + 1 < record.image_hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(record.image_hex.substr(i, 2), nullptr, 16));
  return bytes;
}

/// Finds labelled images by path. Records come in the same order as labels, so the next one is
/// nearly always the one asked for.
class Finder {
 public:
  explicit Finder(const std::vector<ImageTruth>& images) : images_(images) {}

  std::optional<std::size_t> find(const std::string& image) {
    if (next_ < images_.size() && images_[next_].image == image) return next_++;
    const auto found = std::lower_bound(
        images_.begin(), images_.end(), image,
        [](const ImageTruth& truth, const std::string& name) { return truth.image < name; });
    if (found == images_.end() || found->image != image) return std::nullopt;
    next_ = static_cast<std::size_t>(found - images_.begin()) + 1;
    return next_ - 1;
  }

 private:
  const std::vector<ImageTruth>& images_;
  std::size_t next_ = 0;
};

class Matcher {
 public:
  Matcher(const GroundTruth& truth, const PredictedRun& run)
      : truth_(truth), run_(run), finder_(truth.images) {
    fixed_classes_ = run.task == Task::classification && !run.classes.empty();
    out_.has_classes = fixed_classes_;
    if (fixed_classes_)
      for (const auto& info : run.classes) add_class(info.name);
    else
      for (const auto& name : truth.classes) add_class(name);
    for (const auto& image : truth.images) out_.truths.push_back(true_class(image));
    out_.results.resize(truth.images.size());
    out_.samples = ClassificationSamples(out_.classes.size());
  }

  void use(const Record& record) {
    refuse_false_pass(record);
    const auto index = finder_.find(key_of(record));
    if (!index) return note_unlabelled(record);
    ImageResult& result = out_.results[*index];
    if (result.column != kMissingColumn)
      fail(fmt::format("image {} is predicted twice", printable(record.image)));
    result.column = column_of(record.verdict);
    if (record.verdict == VerdictKind::error) {
      ++out_.errors;
      if (record.error) out_.error_codes[*index] = record.error->code;
    }
    result.has_score = record.score.has_value();
    result.score = record.score.value_or(0.0);
    if (record.label && run_.task != Task::anomaly) result.label = label_index(record);
    if (fixed_classes_) add_sample(*index, record);
  }

  Matched take(bool allow_unlabelled) {
    if (out_.unlabelled > 0 && !allow_unlabelled) refuse_unlabelled();
    for (const auto& result : out_.results)
      if (result.column == kMissingColumn) ++out_.missing;
    if (!fixed_classes_) sort_classes();
    add_late_samples();
    return std::move(out_);
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const {
    throw Error(ErrorKind::input, fmt::format("{}: {}", run_.results.string(), problem));
  }

  std::int32_t add_class(const std::string& name) {
    const auto [entry, is_new] =
        indices_.try_emplace(name, static_cast<std::int32_t>(out_.classes.size()));
    if (is_new) out_.classes.push_back(name);
    return entry->second;
  }

  std::size_t true_class(const ImageTruth& image) const {
    const std::string& name = truth_.classes.at(image.label.value());
    const auto found = indices_.find(name);
    if (found == indices_.end())
      throw Error(
          ErrorKind::input,
          fmt::format("ground truth {}: class \"{}\" is unknown to the model (its classes: "
                      "{}); rename the class or leave its images out",
                      printable(image.image), printable(name), fmt::join(out_.classes, ", ")));
    return static_cast<std::size_t>(found->second);
  }

  static std::uint8_t column_of(VerdictKind verdict) {
    switch (verdict) {
      case VerdictKind::pass:
        return 0;
      case VerdictKind::review:
        return 1;
      case VerdictKind::reject:
        return 2;
      case VerdictKind::error:
        return kErrorColumn;
    }
    return kErrorColumn;
  }

  /// The promise behind every PASS, checked again: it lies below the limit the run recorded.
  void refuse_false_pass(const Record& record) const {
    if (record.verdict != VerdictKind::pass || !run_.limits || !record.score) return;
    if (*record.score < run_.limits->review_at) return;
    fail(
        fmt::format("image {} is PASS with score {}, but the run's review_at is {}: the records "
                    "are not those of this run",
                    printable(record.image), *record.score, run_.limits->review_at));
  }

  void note_unlabelled(const Record& record) {
    if (++out_.unlabelled <= kNamesShown) unlabelled_names_.push_back(printable(record.image));
  }

  [[noreturn]] void refuse_unlabelled() const {
    const bool none_fits =
        std::all_of(out_.results.begin(), out_.results.end(),
                    [](const ImageResult& result) { return result.column == kMissingColumn; });
    const std::string hint = none_fits
                                 ? "no path fits: give --gt the folder that inspect had as --input"
                                 : "label them, or leave them out with --allow-unlabelled";
    fail(fmt::format("{} of the predictions have no ground truth ({}{}); {}", out_.unlabelled,
                     fmt::join(unlabelled_names_, ", "),
                     out_.unlabelled > kNamesShown ? ", ..." : "", hint));
  }

  std::int32_t label_index(const Record& record) {
    if (!fixed_classes_) {
      out_.has_classes = true;
      return add_class(*record.label);
    }
    const auto found = indices_.find(*record.label);
    if (found == indices_.end())
      fail(fmt::format("image {}: label \"{}\" is no class of the model in run.json",
                       printable(record.image), printable(*record.label)));
    return found->second;
  }

  void add_sample(std::size_t index, const Record& record) {
    if (!record.probabilities.empty() && record.probabilities.size() != out_.classes.size())
      fail(fmt::format("image {}: {} probabilities, but the model in run.json has {} classes",
                       printable(record.image), record.probabilities.size(), out_.classes.size()));
    out_.samples.add(out_.truths[index], predicted_class(out_.results[index]),
                     record.probabilities);
  }

  static std::optional<std::size_t> predicted_class(const ImageResult& result) {
    if (result.label < 0) return std::nullopt;
    return static_cast<std::size_t>(result.label);
  }

  /// Without a model's list the classes are all names that occur, sorted.
  void sort_classes() {
    std::vector<std::string> sorted = out_.classes;
    std::sort(sorted.begin(), sorted.end());
    std::vector<std::size_t> place;
    for (const auto& name : out_.classes)
      place.push_back(static_cast<std::size_t>(
          std::lower_bound(sorted.begin(), sorted.end(), name) - sorted.begin()));
    for (auto& truth : out_.truths) truth = place[truth];
    for (auto& result : out_.results)
      if (result.label >= 0)
        result.label = static_cast<std::int32_t>(place[static_cast<std::size_t>(result.label)]);
    out_.classes = std::move(sorted);
    out_.samples = ClassificationSamples(out_.classes.size());
  }

  /// Images without a record; and all of them where the classes were not known while reading.
  void add_late_samples() {
    for (std::size_t i = 0; i < out_.results.size(); ++i)
      if (!fixed_classes_ || out_.results[i].column == kMissingColumn)
        out_.samples.add(out_.truths[i], predicted_class(out_.results[i]), {});
  }

  const GroundTruth& truth_;
  const PredictedRun& run_;
  Finder finder_;
  bool fixed_classes_ = false;  ///< run.json says which, so probabilities can be told apart
  std::map<std::string, std::int32_t> indices_;
  std::vector<std::string> unlabelled_names_;
  Matched out_;
};

}  // namespace

Matched match(const GroundTruth& truth, const PredictedRun& run, bool allow_unlabelled,
              Progress& progress) {
  Matcher matcher(truth, run);
  std::uint64_t done = 0;
  for_each_record(run.results, ErrorKind::input, [&](const Record& record) {
    matcher.use(record);
    if (++done % kProgressEvery == 0) progress.update(done, "");
  });
  progress.finish();
  return matcher.take(allow_unlabelled);
}

}  // namespace zeromiss
