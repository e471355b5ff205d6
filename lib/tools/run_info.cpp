#include "run_info.hpp"

#include <zeromiss/base/cpu.hpp>
#include <zeromiss/base/version.hpp>
#include <zeromiss/image/versions.hpp>
#include <zeromiss/model/content_rules.hpp>
#include <zeromiss/report/results_file.hpp>

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>

namespace zeromiss {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 2> kFramesWords{"refuse", "first"};  // as FramesRule

Json settings_json(const RunFacts& facts) {
  const PrepareOptions& prepare = facts.options.prepare;
  Json settings = {{"batch", facts.batch},
                   {"threads", facts.threads},
                   {"isolate", facts.options.isolate},
                   {"precision", precision_name(facts.options.precision)},
                   {"max_pixels", prepare.max_pixels},
                   {"frames", kFramesWords[static_cast<std::size_t>(prepare.frames)]},
                   {"list_sha256", facts.listing.sha256()}};
  if (facts.options.for_calibration) settings["for_calibration"] = true;
  if (!facts.hash_list_sha256.empty()) settings["hash_list_sha256"] = facts.hash_list_sha256;
  return settings;
}

/// Limits of a class only where it has some.
Json class_json(const ClassInfo& info) {
  Json json = {{"name", info.name}, {"defect", info.defect}};
  if (info.min_score > 0.0) json["min_score"] = info.min_score;
  if (info.min_area > 0.0) json["min_area"] = info.min_area;
  if (info.review_at) json["review_at"] = *info.review_at;
  if (info.reject_at) json["reject_at"] = *info.reject_at;
  return json;
}

Json model_json(const ModelPackage& package) {
  Json classes = Json::array();
  for (const ClassInfo& info : package.classes) classes.push_back(class_json(info));
  Json model = {{"name", package.name},
                {"version", package.version},
                {"license", package.license},
                {"sha256", package.weights_sha256},
                {"manifest_sha256", package.manifest_sha256},
                {"task", task_name(package.task)},
                {"classes", classes}};
  if (gives_masks(package.rules)) model["masks"] = true;
  if (Json rules = content_rules_json(package.decode); !rules.empty())
    model["input"] = std::move(rules);
  if (package.format != WeightsFormat::torchscript) {
    model["format"] = kWeightsFormats[static_cast<std::size_t>(package.format)];
    if (!package.weights_data.empty()) model["data_sha256"] = package.weights_data_sha256;
  }
  return model;
}

Json shard_json(const Shard& shard, std::size_t listed) {
  return {{"index", shard.index}, {"count", shard.count}, {"images_listed", listed}};
}

Json libraries_json(const Engine& engine) {
  Json libraries = Json::object();
  libraries["engine"] = engine.library();
  for (const auto& [name, version] : image_library_versions()) libraries[name] = version;
  return libraries;
}

/// In the form of model.json, so that evaluate calibrate can put it there.
Json golden_json(const std::vector<Golden>& golden) {
  Json list = Json::array();
  for (const Golden& one : golden) {
    Json json = {{"image", one.name},
                 {"score", one.score},
                 {"label", one.label},
                 {"tolerance", one.tolerance}};
    if (one.defects) {
      json["defects"] = Json::array();
      for (const GoldenDefect& defect : *one.defects)
        json["defects"].push_back(
            {{"label", defect.label},
             {"score", defect.score},
             {"bbox", {defect.box.x, defect.box.y, defect.box.width, defect.box.height}}});
      json["bbox_tolerance"] = one.box_tolerance;
    }
    list.push_back(std::move(json));
  }
  return list;
}

Json device_json(const Engine& engine) {
  const std::string type = engine.device();
  return {{"type", type},
          {"name", type == "cpu" ? cpu_name() : type},
          {"reason", engine.device_reason()}};
}

}  // namespace

Json without_free_parts(Json run) {
  run.erase("isolation");
  if (run.contains("settings"))
    for (const char* key : {"threads", "isolate"}) run["settings"].erase(key);
  if (run.contains("device")) {
    run["device"].erase("name");
    run["device"].erase("reason");
    run["device"].erase("images_at_once");
  }
  return run;
}

Json run_json(const RunFacts& facts) {
  Json run = {
      {"schema", "zeromiss-run/1"},
      {"tool", {{"name", "inspect"}, {"version", kVersion}}},
      {"libraries", libraries_json(facts.engine)},
      {"device", device_json(facts.engine)},
      {"settings", settings_json(facts)},
      {"model", model_json(facts.package)},
      {"limits", {{"review_at", facts.limits.review_at}, {"reject_at", facts.limits.reject_at}}}};
  if (const auto& chosen = facts.package.calibration)
    run["limits"]["calibration_images"] = {{"images", chosen->images}, {"sha256", chosen->sha256}};
  if (!facts.part.shard.whole())
    run["shard"] = shard_json(facts.part.shard, facts.listing.images.size());
  run["images"] = facts.part.size();
  run["position_exact"] = facts.position_exact;
  if (facts.golden != nullptr) run["golden"] = golden_json(*facts.golden);
  return run;
}

DecodeOptions decode_options_of(const JsonNode& run) {
  const auto rules = run.at("model").find("input");
  DecodeOptions options = rules ? read_content_rules(*rules) : DecodeOptions{};
  const JsonNode settings = run.at("settings");
  const JsonNode pixels = settings.at("max_pixels");
  if (!pixels.raw().is_number_unsigned()) pixels.fail("expected a whole number from 0 on");
  options.max_pixels = pixels.raw().get<std::uint64_t>();
  options.frames = static_cast<FramesRule>(settings.at("frames").one_of(kFramesWords));
  return options;
}

void refuse_other_run(const std::filesystem::path& run_file, const Json& earlier, const Json& now) {
  // Through text once: numbers then compare as they were written.
  const Json then_part = without_free_parts(earlier);
  const Json now_part = without_free_parts(Json::parse(now.dump()));
  const Json differences = Json::diff(then_part, now_part);
  if (differences.empty()) return;
  const std::string key = differences.front().at("path").get<std::string>();
  const Json::json_pointer pointer(key);
  const auto shown = [&](const Json& run) {
    return run.contains(pointer) ? run.at(pointer).dump() : std::string("absent");
  };
  throw Error(ErrorKind::input,
              fmt::format("{}: cannot resume: \"{}\" was {}, is now {}; use the earlier model, "
                          "settings and list, or "
                          "--overwrite to start again",
                          run_file.string(), key.substr(1), shown(then_part), shown(now_part)));
}

}  // namespace zeromiss
