#include "bench_engines.hpp"

#include "bench_stages.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/base/json.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/report/record.hpp>

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace zeromiss {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kRounds = 3;
constexpr int kModelRounds = 7;
/// Less than this is called no difference, and so is what the windows' own spread may explain.
constexpr double kLeastDifference = 0.03;

void compare_records(const std::vector<Record>& a, const std::vector<Record>& b,
                     EngineComparison& comparison) {
  comparison.images = a.size();
  for (std::size_t i = 0; i < a.size(); ++i) {
    const bool same = i < b.size() && a[i].image == b[i].image && a[i].verdict == b[i].verdict &&
                      a[i].label == b[i].label;
    comparison.other_verdicts += same ? 0 : 1;
    if (i < b.size() && a[i].score && b[i].score)
      comparison.score_difference =
          std::max(comparison.score_difference, std::abs(*a[i].score - *b[i].score));
  }
}

/// As many as keep it busy: on a GPU batches are in flight.
int callers_of(const ComparedEngine& one) {
  return one.setup.workers + one.setup.engine.in_flight();
}

/// Model-only rates: seconds an image and worker turned into images/s of all workers.
Spread rate_of(const Spread& seconds, int workers) {
  const double rate = workers / std::max(seconds.median, 1e-12);
  return {rate, rate * seconds.relative()};
}

EngineFigures facts_of(const ComparedEngine& one) {
  const ModelPackage& package = one.setup.package;
  return {to_utf8(one.package.string()),
          std::string(kWeightsFormats[static_cast<std::size_t>(package.format)]),
          one.setup.engine.library(),
          package.weights_sha256,
          {},
          {}};
}

std::string_view advice_name(EngineAdvice advice) {
  switch (advice) {
    case EngineAdvice::other_faster:
      return "other_faster";
    case EngineAdvice::other_slower:
      return "other_slower";
    case EngineAdvice::no_difference:
      return "no_difference";
    case EngineAdvice::verdicts_differ:
      break;
  }
  return "verdicts_differ";
}

std::string sentence(const Json& json) {
  const Json &engines = json.at("engines"), &comparison = json.at("engine_comparison");
  const auto text = [&](std::size_t i, const char* key) {
    return printable(engines.at(i).at(key).get<std::string>());
  };
  const auto images = comparison.at("images").get<std::uint64_t>();
  const double ratio = comparison.at("end_to_end_ratio").get<double>();
  const std::string same = fmt::format("with the same verdicts on all {} images", images);
  const auto advice = comparison.at("advice").get<std::string>();
  if (advice == "other_faster")
    return fmt::format("Use {}: {} is {:.2f} times as fast end to end, {}.", text(1, "package"),
                       text(1, "library"), ratio, same);
  if (advice == "other_slower")
    return fmt::format("Keep {}: {} is {:.2f} times as fast end to end, {}.", text(0, "package"),
                       text(0, "library"), 1 / ratio, same);
  if (advice == "no_difference")
    return fmt::format("Keep {}: no difference in speed that counts, {}.", text(0, "package"),
                       same);
  return fmt::format(
      "Keep {}: the verdicts differ on {} of {} images (scores by up to {:.2g}); evaluate both on "
      "a labelled set before you change.",
      text(0, "package"), comparison.at("other_verdicts").get<std::uint64_t>(), images,
      comparison.at("largest_score_difference").get<double>());
}

}  // namespace

EngineAdvice engine_advice(const EngineComparison& comparison) {
  if (comparison.other_verdicts > 0 || comparison.images == 0) return EngineAdvice::verdicts_differ;
  const Spread &model = comparison.engines.at(0).end_to_end,
               &other = comparison.engines.at(1).end_to_end;
  constexpr double kDeviations = 3;
  const double noise =
      std::max(kLeastDifference, kDeviations * (model.relative() + other.relative()));
  if (other.median > model.median * (1 + noise)) return EngineAdvice::other_faster;
  if (model.median > other.median * (1 + noise)) return EngineAdvice::other_slower;
  return EngineAdvice::no_difference;
}

void require_same_model(const ModelPackage& model, const ModelPackage& other) {
  const auto manifest = [](const ModelPackage& package) {
    return JsonDocument::read(package.folder / "model.json", ErrorKind::input).root().raw();
  };
  const auto a = manifest(model), b = manifest(other);
  for (const char* key : {"task", "input", "output", "classes"})
    if (a.at(key) != b.at(key))
      throw Error(ErrorKind::usage,
                  fmt::format("--compare {}: \"{}\" differs from that of {}: expected the same "
                              "model with weights in another format",
                              other.folder.string(), key, model.folder.string()));
}

EngineComparison compare_engines(const ComparedEngine& model, const ComparedEngine& other,
                                 double seconds) {
  EngineComparison comparison;
  const ComparedEngine* sides[] = {&model, &other};
  std::vector<double> windows[2];
  std::vector<Record> records[2];
  for (int round = 0; round < kRounds; ++round)
    for (std::size_t i = 0; i < 2; ++i) {
      const EndToEnd found = measure_pipeline(sides[i]->setup, seconds);
      windows[i].insert(windows[i].end(), found.windows.begin(), found.windows.end());
      records[i] = records_of(found);
    }
  const std::vector<Record> none;
  std::vector<StageInputs> inputs;
  for (const ComparedEngine* side : sides) {
    const PipelineSetup& setup = side->setup;
    inputs.push_back({setup.sample, setup.package, setup.limits, setup.preparer, setup.engine,
                      setup.batch, setup.workers, none, setup.scratch});
  }
  const StageLoop loops[] = {infer_loop(inputs[0]), infer_loop(inputs[1])};
  const auto measure = [&](std::size_t i, double least_seconds) {
    return seconds_per_image(loops[i], callers_of(*sides[i]), least_seconds, model.setup.now);
  };
  for (std::size_t i = 0; i < 2; ++i) measure(i, 0);  // warm-up
  std::vector<double> models[2];
  for (int round = 0; round < kModelRounds; ++round)
    for (std::size_t i = 0; i < 2; ++i) models[i].push_back(measure(i, seconds / kModelRounds));
  for (std::size_t i = 0; i < 2; ++i) {
    EngineFigures figures = facts_of(*sides[i]);
    figures.end_to_end = spread_of(windows[i]);
    figures.model_only = rate_of(spread_of(models[i]), callers_of(*sides[i]));
    comparison.engines.push_back(figures);
  }
  compare_records(records[0], records[1], comparison);
  return comparison;
}

void add_engines(Json& json, const EngineComparison& comparison) {
  Json engines = Json::array();
  for (const EngineFigures& one : comparison.engines)
    engines.push_back({{"package", one.package},
                       {"format", one.format},
                       {"library", one.library},
                       {"sha256", one.sha256},
                       {"model_only_images_per_s", spread_json(one.model_only)},
                       {"end_to_end_images_per_s", spread_json(one.end_to_end)}});
  json["engines"] = engines;
  json["engine_comparison"] = {{"advice", advice_name(engine_advice(comparison))},
                               {"end_to_end_ratio", comparison.engines.at(1).end_to_end.median /
                                                        comparison.engines.at(0).end_to_end.median},
                               {"images", comparison.images},
                               {"other_verdicts", comparison.other_verdicts},
                               {"largest_score_difference", comparison.score_difference}};
}

void print_engines(const Json& json, std::ostream& out) {
  if (!json.contains("engines")) return;
  fmt::print(out, "\n{:<20}{:<13}{:>13}{:>9}{:>13}{:>9}\n", "engine", "weights", "model alone", "±",
             "end to end", "±");
  for (const Json& one : json.at("engines")) {
    const Json &alone = one.at("model_only_images_per_s"), &all = one.at("end_to_end_images_per_s");
    fmt::print(out, "{:<20}{:<13}{:>13.4g}{:>9.2g}{:>13.4g}{:>9.2g}\n",
               one.at("library").get<std::string>(), one.at("format").get<std::string>(),
               alone.at("median").get<double>(), alone.at("mad").get<double>(),
               all.at("median").get<double>(), all.at("mad").get<double>());
  }
  out << sentence(json) << "\n";
}

}  // namespace zeromiss
