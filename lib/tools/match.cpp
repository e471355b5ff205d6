#include "match.hpp"

#include <zeromiss/base/text.hpp>
#include <zeromiss/dataset/class_names.hpp>
#include <zeromiss/report/metrics_report.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace zeromiss {
namespace {

constexpr std::uint64_t kProgressEvery = 4096;
constexpr std::size_t kNamesShown = 3;

/// Finds labelled images by path. Records come in the same order as labels, so the next one is
/// nearly always the one asked for.
class Finder {
 public:
  explicit Finder(const GroundTruth& truth) : images_(truth.images), folder_(truth.folder) {}

  std::optional<std::size_t> find(const std::string& image) {
    auto found = find_exactly(image);
    if (!found && !folder_.empty() && image.starts_with(folder_))
      found = find_exactly(image.substr(folder_.size()));
    return found;
  }

 private:
  std::optional<std::size_t> find_exactly(const std::string& image) {
    if (next_ < images_.size() && images_[next_].image == image) return next_++;
    const auto found = std::lower_bound(
        images_.begin(), images_.end(), image,
        [](const ImageTruth& truth, const std::string& name) { return truth.image < name; });
    if (found == images_.end() || found->image != image) return std::nullopt;
    next_ = static_cast<std::size_t>(found - images_.begin()) + 1;
    return next_ - 1;
  }

  const std::vector<ImageTruth>& images_;
  const std::string& folder_;
  std::size_t next_ = 0;
};

class Matcher {
 public:
  Matcher(const GroundTruth& truth, const PredictedRun& run, const std::vector<bool>& defects)
      : truth_(truth), run_(run), defects_(defects), finder_(truth) {
    fixed_classes_ = !run.class_names.empty();
    out_.has_classes = run.labels;
    for (const auto& name : fixed_classes_ ? run.class_names : truth.classes) add_class(name);
    numbers_name_classes_ =
        run.classes_given && std::none_of(out_.classes.begin(), out_.classes.end(), is_number);
    if (!truth.values)
      for (const auto& image : truth.images) out_.truths.push_back(true_class(image));
    out_.results.resize(truth.images.size());
    out_.sha256s.resize(truth.images.size());
    out_.samples = ClassificationSamples(out_.classes.size());
  }

  void use(const PredictedImage& image) {
    refuse_false_pass(image);
    const auto index = finder_.find(image.image);
    if (!index) return note_unlabelled(image);
    ImageResult& result = out_.results[*index];
    if (result.column != kMissingColumn) fail(image, "is predicted twice");
    result.column = image.verdict ? column_of(*image.verdict) : kUnjudgedColumn;
    if (result.column == kErrorColumn) {
      ++out_.errors;
      out_.error_codes[*index] = image.error_code;
    }
    out_.sha256s[*index] = image.sha256;
    if (image.label)
      result.label = label_index(image);
    else if (!image.probabilities.empty())
      result.label = static_cast<std::int32_t>(
          std::max_element(image.probabilities.begin(), image.probabilities.end()) -
          image.probabilities.begin());
    const auto score = image.score ? image.score : defect_score(image.probabilities);
    result.has_score = score.has_value();
    result.score = score.value_or(0.0);
    if (fixed_classes_ && !truth_.values) add_sample(*index, image);
  }

  Matched take(bool allow_unlabelled) {
    if (out_.unlabelled > 0 && !allow_unlabelled) refuse_unlabelled();
    for (const auto& result : out_.results)
      if (result.column == kMissingColumn) ++out_.missing;
    if (truth_.values) return std::move(out_);
    if (!fixed_classes_) sort_classes();
    if (!fixed_classes_)
      require_distinct_classes(out_.classes,
                               run_.results.string() + " and the ground truth together");
    add_late_samples();
    return std::move(out_);
  }

 private:
  [[noreturn]] void fail(const PredictedImage& image, const std::string& problem) const {
    throw Error(ErrorKind::input, fmt::format("{}:{}: image {} {}", run_.results.string(),
                                              image.line, printable(image.image), problem));
  }

  /// Whose the fixed list of classes is, for messages.
  [[nodiscard]] const char* list_owner() const {
    return run_.classes_given ? "--classes" : run_.has_run_file ? "the model" : "the predictions";
  }

  static bool is_number(const std::string& text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  }

  /// By name; by its number in --classes where no name is a number itself.
  [[nodiscard]] std::optional<std::int32_t> class_index(const std::string& label) const {
    if (const auto found = indices_.find(label); found != indices_.end()) return found->second;
    constexpr std::size_t kMostDigits = 6;
    if (!numbers_name_classes_ || !is_number(label) || label.size() > kMostDigits)
      return std::nullopt;
    const int number = std::stoi(label);
    if (static_cast<std::size_t>(number) >= out_.classes.size()) return std::nullopt;
    return number;
  }

  /// 1 - sum of the probabilities of the classes that are no defects; none when nobody said which.
  [[nodiscard]] std::optional<double> defect_score(const std::vector<double>& probabilities) const {
    if (probabilities.empty() || defects_.size() != probabilities.size()) return std::nullopt;
    double good = 0.0;
    for (std::size_t k = 0; k < defects_.size(); ++k)
      if (!defects_[k]) good += probabilities[k];
    return 1.0 - good;
  }

  std::int32_t add_class(const std::string& name) {
    const auto [entry, is_new] =
        indices_.try_emplace(name, static_cast<std::int32_t>(out_.classes.size()));
    if (is_new) out_.classes.push_back(name);
    return entry->second;
  }

  std::size_t true_class(const ImageTruth& image) const {
    const std::string& name = truth_.classes.at(image.label.value());
    const auto found = class_index(name);
    if (!found)
      throw Error(ErrorKind::input,
                  fmt::format("ground truth {}: class \"{}\" is unknown to {} (its classes: {}); "
                              "rename the class or leave its images out",
                              printable(image.image), printable(name), list_owner(),
                              fmt::join(out_.classes, ", ")));
    return static_cast<std::size_t>(*found);
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
  void refuse_false_pass(const PredictedImage& image) const {
    if (image.verdict != VerdictKind::pass || !run_.limits || !image.score) return;
    if (*image.score < run_.limits->review_at) return;
    fail(image, fmt::format("is PASS with score {}, but the run's review_at is {}: the records are "
                            "not those of this run",
                            *image.score, run_.limits->review_at));
  }

  void note_unlabelled(const PredictedImage& image) {
    if (++out_.unlabelled <= kNamesShown) unlabelled_names_.push_back(printable(image.image));
  }

  /// A labelled image whose name differs from the first unlabelled one's only to a machine.
  [[nodiscard]] std::optional<std::string> look_alike() const {
    const std::string key = name_key(unlabelled_names_.front());
    for (const auto& image : truth_.images)
      if (name_key(image.image) == key) return image.image;
    return std::nullopt;
  }

  [[noreturn]] void refuse_unlabelled() const {
    const bool none_fits =
        std::all_of(out_.results.begin(), out_.results.end(),
                    [](const ImageResult& result) { return result.column == kMissingColumn; });
    std::string hint = none_fits ? "no path fits: name the images in both alike, for inspect's "
                                   "output give --gt the folder that inspect had as --input"
                                 : "label them, or leave them out with --allow-unlabelled";
    if (const auto twin = look_alike())
      hint = fmt::format(
          "the ground truth has \"{}\": names must agree in case and Unicode "
          "normal form, too",
          printable(*twin));
    throw Error(
        ErrorKind::input,
        fmt::format("{}: {} of the predictions have no ground truth ({}{}); {}",
                    run_.results.string(), out_.unlabelled, fmt::join(unlabelled_names_, ", "),
                    out_.unlabelled > kNamesShown ? ", ..." : "", hint));
  }

  std::int32_t label_index(const PredictedImage& image) {
    if (!fixed_classes_) {
      out_.has_classes = true;
      return add_class(*image.label);
    }
    const auto found = class_index(*image.label);
    if (!found)
      fail(image, fmt::format("cannot be used: label \"{}\" is no class of {}",
                              printable(*image.label), list_owner()));
    return *found;
  }

  void add_sample(std::size_t index, const PredictedImage& image) {
    if (!image.probabilities.empty() && image.probabilities.size() != out_.classes.size())
      fail(image, fmt::format("has {} probabilities, but {} has {} classes",
                              image.probabilities.size(), list_owner(), out_.classes.size()));
    out_.samples.add(out_.truths[index], predicted_class(out_.results[index]), image.probabilities);
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
  const std::vector<bool>& defects_;
  Finder finder_;
  bool fixed_classes_ = false;  ///< known beforehand, so probabilities can be told apart
  bool numbers_name_classes_ = false;
  std::map<std::string, std::int32_t> indices_;
  std::vector<std::string> unlabelled_names_;
  Matched out_;
};

}  // namespace

Matched match(const GroundTruth& truth, const PredictedRun& run, const std::vector<bool>& defects,
              bool allow_unlabelled, Progress& progress) {
  Matcher matcher(truth, run, defects);
  std::uint64_t done = 0;
  for_each_prediction(run, [&](const PredictedImage& image) {
    matcher.use(image);
    if (++done % kProgressEvery == 0) progress.update(done, "");
  });
  progress.finish();
  return matcher.take(allow_unlabelled);
}

}  // namespace zeromiss
