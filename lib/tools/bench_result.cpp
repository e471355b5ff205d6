#include "bench_result.hpp"

#include <zeromiss/base/cpu.hpp>
#include <zeromiss/base/version.hpp>
#include <zeromiss/image/versions.hpp>
#include <zeromiss/report/texts.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace zeromiss {
namespace {

using Json = nlohmann::ordered_json;

// From these on a figure is not repeatable enough to decide on (reference: reject beyond 3 %).
constexpr double kMostSpread = 0.03;
constexpr double kMostForeignLoad = 0.05;
constexpr double kMostSteal = 0.02;
constexpr double kMostUncovered = 0.05;
constexpr double kMostEfficiency = 1.1;  ///< nobody is faster than all stages allow
constexpr double kPercent = 100, kMilli = 1e3;

Json stages_json(const BenchResult& result) {
  Json stages = Json::object();
  for (std::size_t i = 0; i < kStageNames.size(); ++i)
    stages[std::string(kStageNames[i])] = spread_json(result.stages[i]);
  return stages;
}

Json latency_json(const std::vector<double>& sorted) {
  Json latency = Json::object();
  for (const auto& [name, share] :
       {std::pair("p50", 0.5), {"p90", 0.9}, {"p95", 0.95}, {"p99", 0.99}, {"max", 1.0}})
    latency[name] = kMilli * percentile(sorted, share);
  latency["samples"] = sorted.size();
  return latency;
}

Json sample_json(const BenchSample& sample) {
  double bytes = 0;
  for (const auto& file : sample.bytes) bytes += static_cast<double>(file.size());
  return {{"listed", sample.listed},
          {"list_sha256", sample.list_sha256},
          {"images", sample.images.size()},
          {"unusable", sample.unusable},
          {"formats", sample.formats},
          {"sizes", sample.sizes},
          {"bytes_mean", bytes / static_cast<double>(sample.bytes.size())}};
}

Json target_json(const BenchResult& result, const BenchmarkOptions& options) {
  const double rate = result.end_to_end.images_per_s.median;
  Json target = {{"fps", options.target_fps},
                 {"met", rate >= options.target_fps},
                 {"worst_latency_ms", kMilli * result.latencies.back()}};
  if (options.images_per_night) {
    constexpr double kSecondsPerHour = 3600;
    const auto images = static_cast<double>(*options.images_per_night);
    target["images_per_night"] = *options.images_per_night;
    target["hours_per_night"] = images / rate / kSecondsPerHour;
  }
  return target;
}

Json bf16_json(const WhatIf& computed, const BenchResult& result) {
  if (!computed.bf16_images_per_s)
    return {{"images_per_s", nullptr}, {"reason", result.why_no_bf16}};
  Json json = {{"infer_s", result.bf16_infer->median},
               {"images_per_s", *computed.bf16_images_per_s}};
  if (computed.bf16_measured_images_per_s)
    json["measured_images_per_s"] = *computed.bf16_measured_images_per_s;
  return json;
}

Json what_if_json(const WhatIf& computed, const BenchResult& result) {
  Json formats = Json::object();
  for (const auto& [name, rate] : computed.formats_images_per_s)
    formats[name] = {{"decode_s", result.formats.at(name).median}, {"images_per_s", rate}};
  return {{"computed", true},
          {"advice", advice_name(computed.advice)},
          {"limiting_stage", kStageNames[static_cast<std::size_t>(computed.limiting)]},
          {"infinite_gpu_images_per_s", computed.infinite_gpu_images_per_s},
          {"cores_for_target",
           computed.cores_for_target ? Json(*computed.cores_for_target) : Json(nullptr)},
          {"double_cores_images_per_s", computed.double_cores_images_per_s},
          {"formats", formats},
          {"bf16", bf16_json(computed, result)}};
}

Json sweep_json(const std::vector<SweepRow>& rows) {
  Json all = Json::array();
  const auto json = [](const SweepRow& row) -> Json {
    return {{"batch", row.batch},
            {"threads", row.threads},
            {"precision", precision_name(row.precision)},
            {"images_per_s", row.images_per_s.median},
            {"mad", row.images_per_s.mad}};
  };
  for (const SweepRow& row : rows) all.push_back(json(row));
  const auto best =
      std::max_element(rows.begin(), rows.end(), [](const SweepRow& a, const SweepRow& b) {
        return a.images_per_s.median < b.images_per_s.median;
      });
  return {{"rows", all}, {"best", json(*best)}};
}

Json environment_json(const BenchResult& result) {
  const MachineFacts facts = machine_facts();
  Json libraries = {{"engine", result.engine}};
  for (const auto& [name, version] : image_library_versions()) libraries[name] = version;
  const double capacity = result.measured_s * facts.cpus;
  const double busy = result.after.busy_s - result.before.busy_s;
  const double own = result.after.own_s - result.before.own_s;
  return {{"cpu", facts.cpu},
          {"cpus", facts.cpus},
          {"memory_mib", facts.memory_mib},
          {"system", facts.system},
          {"kernel", facts.kernel},
          {"governor", facts.governor},
          {"device", result.device},
          {"device_reason", result.device_reason},
          {"libraries", libraries},
          {"foreign_load", std::max(0.0, busy - own) / std::max(capacity, 1e-9)},
          {"steal", (result.after.steal_s - result.before.steal_s) / std::max(capacity, 1e-9)},
          {"on_battery", result.after.on_battery}};
}

Json vram_json(std::optional<std::uint64_t> bytes) {
  constexpr double kBytesPerMib = 1U << 20U;
  return bytes ? Json(static_cast<double>(*bytes) / kBytesPerMib) : Json(nullptr);
}

}  // namespace

double BenchResult::stage_sum() const {
  double sum = 0;
  for (const Spread& stage : stages) sum += stage.median;
  return std::max(sum, 1e-12);
}

double BenchResult::bound() const {
  if (in_flight == 0) return workers / stage_sum();
  return std::min(workers / std::max(stage_sum() - stage(Stage::infer), 1e-12), model_only());
}

std::vector<InvalidReason> invalid_reasons(const BenchResult& result, const BenchSample& sample,
                                           bool debug_build) {
  std::vector<InvalidReason> reasons;
  const auto add = [&](bool wrong, const char* code, const Json& values = Json::object()) {
    if (wrong) reasons.push_back({code, values});
  };
  const auto percent = [](double share, int digits) {
    return fmt::format("{:.{}f}", kPercent * share, digits);
  };
  add(debug_build, "debug_build");
  add(sample.images.size() < kLeastSample, sample.memory_full ? "few_fit" : "few_samples",
      {{"images", std::to_string(sample.images.size())}, {"least", std::to_string(kLeastSample)}});
  const double spread = result.end_to_end.images_per_s.relative();
  add(!result.end_to_end.warm, "not_settled");
  add(!(spread <= kMostSpread), "unstable",
      {{"percent", percent(spread, 1)}, {"most", percent(kMostSpread, 0)}});
  const double capacity = std::max(result.measured_s * usable_cpus(), 1e-9);
  const double foreign =
      ((result.after.busy_s - result.before.busy_s) - (result.after.own_s - result.before.own_s)) /
      capacity;
  add(foreign > kMostForeignLoad, "load", {{"percent", percent(foreign, 0)}});
  const double steal = (result.after.steal_s - result.before.steal_s) / capacity;
  add(steal > kMostSteal, "steal", {{"percent", percent(steal, 1)}});
  add(result.after.thermal_throttles > result.before.thermal_throttles, "hot");
  const double quota = result.after.quota_throttled_s - result.before.quota_throttled_s;
  constexpr double kMostQuota = 0.01;
  add(quota > kMostQuota * result.measured_s, "quota", {{"seconds", fmt::format("{:.1f}", quota)}});
  add(result.before.on_battery || result.after.on_battery, "battery");
  const double covered = result.end_to_end.stage_coverage;
  add(std::abs(covered - 1) > kMostUncovered, "stages", {{"percent", percent(covered, 0)}});
  add(!(result.efficiency() <= kMostEfficiency), "too_fast",
      {{"times", fmt::format("{:.2f}", result.efficiency())}});
  return reasons;
}

std::string sentence(const InvalidReason& reason) {
  return text(Language::english, "benchmark.reason." + reason.code, reason.values);
}

std::string_view advice_name(Advice advice) {
  switch (advice) {
    case Advice::fast_enough:
      return "fast_enough";
    case Advice::gpu_helps:
      return "gpu_helps";
    case Advice::this_gpu_enough:
      return "this_gpu_enough";
    case Advice::this_gpu_too_slow:
      return "this_gpu_too_slow";
    case Advice::gpu_not_enough:
      break;
  }
  return "gpu_not_enough";
}

namespace {

/// What `workers` would give whose stages take so many seconds, the model's share of them included;
/// with a GPU the model takes none of their time and has a rate of its own.
double rate_of(const BenchResult& result, double workers, double seconds) {
  if (result.in_flight == 0) return workers / seconds;
  return std::min(result.model_only(),
                  workers / std::max(seconds - result.stage(Stage::infer), 1e-12));
}

std::optional<double> cores_for(const BenchResult& result, double target_fps) {
  const bool gpu = result.in_flight > 0;
  if (gpu && result.model_only() < target_fps) return std::nullopt;
  const double seconds = result.stage_sum() - (gpu ? result.stage(Stage::infer) : 0);
  return std::max(1.0, std::ceil(target_fps * seconds));
}

Advice advice_for(const BenchResult& result, const WhatIf& computed, double target_fps) {
  const bool enough = result.end_to_end.images_per_s.median >= target_fps;
  if (!result.device.empty() && result.device != "cpu")
    return enough ? Advice::this_gpu_enough : Advice::this_gpu_too_slow;
  if (enough) return Advice::fast_enough;
  return computed.infinite_gpu_images_per_s >= target_fps ? Advice::gpu_helps
                                                          : Advice::gpu_not_enough;
}

}  // namespace

WhatIf what_if(const BenchResult& result, double target_fps) {
  WhatIf computed;
  const double sum = result.stage_sum();
  const auto* most =
      std::max_element(result.stages.begin(), result.stages.end(),
                       [](const Spread& a, const Spread& b) { return a.median < b.median; });
  computed.limiting = static_cast<Stage>(most - result.stages.begin());
  computed.infinite_gpu_images_per_s =
      result.workers / std::max(sum - result.stage(Stage::infer), 1e-12);
  computed.cores_for_target = cores_for(result, target_fps);
  computed.double_cores_images_per_s = rate_of(result, 2 * result.workers, sum);
  for (const auto& [name, decode] : result.formats)
    computed.formats_images_per_s[name] =
        rate_of(result, result.workers, sum - result.stage(Stage::decode) + decode.median);
  if (result.bf16_infer)
    computed.bf16_images_per_s =
        result.workers / (sum - result.stage(Stage::infer) + result.bf16_infer->median);
  for (const SweepRow& row : result.sweep)
    if (row.batch == result.batch && row.threads == result.workers &&
        row.precision == Precision::bf16)
      computed.bf16_measured_images_per_s = row.images_per_s.median;
  computed.advice = advice_for(result, computed, target_fps);
  return computed;
}

Json benchmark_json(const BenchResult& result, const BenchSample& sample,
                    const ModelPackage& package, const BenchmarkOptions& options,
                    const std::vector<InvalidReason>& reasons) {
  const EndToEnd& e2e = result.end_to_end;
  Json sentences = Json::array(), invalid = Json::array();
  for (const InvalidReason& reason : reasons) {
    sentences.push_back(sentence(reason));
    invalid.push_back({{"code", reason.code}, {"values", reason.values}});
  }
  Json json = {{"schema", "zeromiss-benchmark/1"},
               {"valid", reasons.empty()},
               {"reasons", sentences},
               {"invalid", invalid},
               {"tool", {{"name", "benchmark"}, {"version", kVersion}}},
               {"model",
                {{"name", package.name},
                 {"version", package.version},
                 {"license", package.license},
                 {"task", task_name(package.task)},
                 {"sha256", package.weights_sha256},
                 {"manifest_sha256", package.manifest_sha256}}},
               {"settings",
                {{"batch", result.batch},
                 {"threads", result.workers},
                 {"precision", precision_name(result.precision)},
                 {"limits_precision", precision_name(package.precision)}}},
               {"sample", sample_json(sample)},
               {"stages", stages_json(result)},
               {"model_only_images_per_s", result.model_only()},
               {"end_to_end_images_per_s", e2e.images_per_s.median},
               {"bound_images_per_s", result.bound()},
               {"efficiency", result.efficiency()},
               {"scaling", result.scaling()},
               {"latency_ms", latency_json(result.latencies)},
               {"cold_start_s", result.cold_start_s},
               {"peak_rss_mib", result.peak_rss_mib},
               {"peak_vram_mib", vram_json(result.peak_vram_bytes)},
               {"page_cache",
                {{"warm_read_s", result.stage(Stage::read)}, {"cold_read_s", result.cold_read_s}}},
               {"end_to_end",
                {{"median", e2e.images_per_s.median},
                 {"mad", e2e.images_per_s.mad},
                 {"windows", e2e.windows},
                 {"images", e2e.images},
                 {"seconds", e2e.seconds},
                 {"stage_coverage", e2e.stage_coverage}}},
               {"target", target_json(result, options)},
               {"what_if", what_if_json(what_if(result, options.target_fps), result)}};
  if (!result.sweep.empty()) json["sweep"] = sweep_json(result.sweep);
  if (result.engines) add_engines(json, *result.engines);
  json["environment"] = environment_json(result);
  return json;
}

}  // namespace zeromiss
