#include "inspect_checks.hpp"

#include "isolate.hpp"
#include "stability.hpp"

#include <zeromiss/base/error.hpp>

#include <fmt/format.h>

#include <cmath>

namespace zeromiss {

void check_options(const InspectOptions& options) {
  const auto refuse = [](const std::string& what) { throw Error(ErrorKind::usage, what); };
  if (options.overwrite && options.resume)
    refuse("--overwrite and --resume exclude each other: replace the results or finish them");
  check_roll_up(options.roll_up);
  if (options.model.empty())
    refuse("--model is missing: the model package, a folder with model.json");
  if (options.output.empty()) refuse("--output is missing: the folder for the results");
  for (const auto& limit : {options.review_at, options.reject_at})
    if (limit && !std::isfinite(*limit))
      refuse("--review-at and --reject-at must be finite numbers");
  if (options.stability_band && !options.prove_stable)
    refuse("--stability-band needs --prove-stable");
  if (const double band = options.stability_band.value_or(kStabilityBand);
      !(band > 1.0 && std::isfinite(band)))
    refuse(fmt::format("--stability-band {}: expected a factor above 1", band));
  check_isolation(options);
}

Limits limits_in_force(const InspectOptions& options, const ModelPackage& package) {
  const Limits limits{options.review_at.value_or(package.limits.review_at),
                      options.reject_at.value_or(package.limits.reject_at)};
  if (!(limits.review_at <= limits.reject_at))
    throw Error(
        ErrorKind::usage,
        fmt::format("review_at {} is above reject_at {}: set both --review-at and --reject-at",
                    limits.review_at, limits.reject_at));
  const auto require = [&](const char* option, const std::optional<double>& limit) {
    if (!limit || package.task == Task::anomaly || (*limit >= 0.0 && *limit <= 1.0)) return;
    throw Error(ErrorKind::usage,
                fmt::format("{} {}: the model's scores are probabilities, so expected 0 to 1; "
                            "above 1 every image would pass",
                            option, *limit));
  };
  require("--review-at", options.review_at);
  require("--reject-at", options.reject_at);
  return limits;
}

}  // namespace zeromiss
