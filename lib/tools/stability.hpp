#pragma once

#include <zeromiss/image/image.hpp>
#include <zeromiss/model/engine.hpp>
#include <zeromiss/model/package.hpp>
#include <zeromiss/model/prediction.hpp>
#include <zeromiss/model/prepare.hpp>
#include <zeromiss/model/verdict.hpp>
#include <zeromiss/report/record.hpp>

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace zeromiss {

/// --stability-band where it is not given; why, and what it finds: apps/README.md.
inline constexpr double kStabilityBand = 3.0;

/// Another way to compute what should be the same.
struct Rerun {
  std::string cause;               ///< as records name it: "batch-1", "threads-2", …
  std::unique_ptr<Engine> engine;  ///< for batches of one
};

/// inspect --prove-stable: a picture whose verdict a small step of the limits would change is
/// judged again by other engines, and after changes that nobody sees. Runs in batches of one,
/// always in the same order, so that what it says depends on the picture alone. Thread-safe.
class StabilityProof {
 public:
  /// @param limits  those in force
  /// @param band    > 1. Near a limit are probabilities with odds (p / (1 - p)) up to so many times
  ///                smaller or larger; scores of anomaly models up to so many times smaller or
  ///                larger
  /// @param reruns  at least one; the first also computes the changed pictures
  /// @throws Error(usage) for an anomaly model with a limit of 0, which no factor moves
  StabilityProof(const ModelPackage& package, const Limits& limits, const Preparer& preparer,
                 double band, std::vector<Rerun> reruns);

  /// The package whose predictions near_a_limit() wants: min_score, min_area and pixel thresholds
  /// are lower by the band, so that a defect which just does not count shows.
  [[nodiscard]] const ModelPackage& wide_package() const { return wide_; }
  [[nodiscard]] const Limits& wide_limits() const { return wide_.limits; }

  /// Whether limits a band lower or higher would give another verdict than `verdict`.
  /// @param wide  makes the prediction of wide_package(); asked only where that can be another one
  [[nodiscard]] bool near_a_limit(const Verdict& verdict, const Prediction& prediction,
                                  const std::function<Prediction()>& wide) const;

  /// Judges the picture again in every way. What goes wrong there is the verdict ERROR.
  [[nodiscard]] RecordStability prove(const Image& image, const Verdict& verdict) const;

  /// For run.json: the band, and the causes in order.
  [[nodiscard]] nlohmann::ordered_json settings() const;

 private:
  [[nodiscard]] Prediction predict(Engine& engine, const Image& image) const;
  [[nodiscard]] Prediction narrowed(const Prediction& prediction) const;

  const ModelPackage& package_;
  Limits limits_;
  const Preparer& preparer_;
  double band_;
  std::vector<Rerun> reruns_;
  ModelPackage wide_, narrow_;  ///< their limits are those in force, moved
};

/// Loads an engine; see stability_reruns(). No engine: the network cannot be had in this way.
using RerunLoader = std::function<std::unique_ptr<Engine>(const EngineOptions&)>;

/// The other ways: a batch of one, two threads for one pass or on a GPU the CPU, and another
/// precision where the network can be had in it.
/// @param shape   of the run's own engine; `device` is where that runs ("cpu", "cuda:0")
std::vector<Rerun> stability_reruns(const EngineOptions& shape, const std::string& device,
                                    const RerunLoader& load);

}  // namespace zeromiss
