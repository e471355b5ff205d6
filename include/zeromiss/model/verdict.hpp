#pragma once

#include <zeromiss/model/package.hpp>
#include <zeromiss/model/prediction.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace zeromiss {

enum class VerdictKind { pass, review, reject, error };

/// "PASS", "REVIEW", "REJECT", "ERROR".
std::string_view verdict_name(VerdictKind kind);

/// The verdict on one image. Only judge() can make one that is not ERROR: there is no other way to
/// a PASS in this program.
class Verdict {
 public:
  /// What every image has until it was judged.
  Verdict() = default;
  [[nodiscard]] VerdictKind kind() const { return kind_; }
  /// Defect score; no value for ERROR.
  [[nodiscard]] std::optional<double> score() const { return score_; }
  /// Predicted class; empty for ERROR, without a defect, and where the package has no name for it.
  [[nodiscard]] const std::string& label() const { return label_; }

 private:
  friend Verdict held_for_review(Verdict);
  friend Verdict not_stable(Verdict);
  friend Verdict judge(const Prediction&, const ModelPackage&, const Limits&);
  VerdictKind kind_ = VerdictKind::error;
  std::optional<double> score_;
  std::string label_;
};

/// The one place where PASS is made: only when the prediction is finite and of the package's shape
/// and score < review_at. REVIEW if review_at <= score < reject_at, REJECT if score >= reject_at.
/// Classification: score = 1 - sum of the probabilities of the classes that are not defects;
/// several labels: the highest probability of a defect class; objects: the highest score of a
/// defect, 0 without any. A class's own limits can only make the verdict worse. But for
/// classification, a PASS is not called by a defect's name.
/// @throws ItemError("model.nonfinite") or ("model.output"); the image is then ERROR
Verdict judge(const Prediction& prediction, const ModelPackage& package, const Limits& limits);

/// The same verdict, but REVIEW instead of PASS: for a picture whose score is not to be trusted.
Verdict held_for_review(Verdict verdict);

/// REVIEW, whether it was PASS or REJECT: a verdict that small changes turn is nobody's but a
/// person's. ERROR stays.
Verdict not_stable(Verdict verdict);

}  // namespace zeromiss
