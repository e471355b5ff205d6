#pragma once
// Good against defective, the same for every task.

#include <zeromiss/metrics/operating_point.hpp>
#include <zeromiss/report/metrics_report.hpp>
#include <zeromiss/tools/score.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace zeromiss {

/// Which classes are defects by --positive or --good; no value when neither was given.
/// @throws Error(usage) for a name that is none of `classes`
std::optional<std::vector<bool>> defects_by_option(const std::vector<std::string>& classes,
                                                   const ScoreOptions& options);

/// ROC-AUC, average precision and the curve of a defect score.
DefectScoreReport defect_score_report(const std::vector<ScoredSample>& samples);

/// Collects what the operating point made of each image, and ends with the figures.
class OperatingPointBuilder {
 public:
  /// `evaluation.truths` must be there, with their `defect`.
  OperatingPointBuilder(Evaluation& evaluation, Figure threshold, std::string origin)
      : evaluation_(evaluation), threshold_(std::move(threshold)), origin_(std::move(origin)) {}

  /// @param describe  called when the image is a miss: everything but its kind and margin
  void add(std::size_t truth, Decision decision, const std::function<Miss()>& describe);
  void finish(const ScoreOptions& options);

 private:
  Evaluation& evaluation_;
  Figure threshold_;
  std::string origin_;
};

}  // namespace zeromiss
