// The rows of a specification sheet. Every value is copied from the file that `source` names.
#include "spec_inputs.hpp"

#include <zeromiss/base/text.hpp>
#include <zeromiss/base/version.hpp>
#include <zeromiss/report/bounds.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

namespace zeromiss {
namespace {

using Json = nlohmann::ordered_json;
constexpr double kPercent = 100, kThousand = 1000;

std::string number(double value) {
  return std::abs(value) >= kThousand ? fmt::format("{:.0f}", value) : fmt::format("{:.4g}", value);
}
std::string rate(double value) { return rate_text(value); }

/// How a value of any kind reads by itself.
std::string plain(const Json& value) {
  if (value.is_string()) return printable(value.get<std::string>());
  if (value.is_number_integer()) return value.dump();
  if (value.is_number()) return number(value.get<double>());
  return printable(value.dump());
}

/// "12 jpeg, 4 png" of {"jpeg": 12, "png": 4}.
std::string counts(const Json& value) {
  constexpr std::size_t kMost = 4;
  std::string text;
  std::size_t shown = 0;
  for (const auto& [name, count] : value.items()) {
    if (shown++ == kMost) return text + ", …";
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count.dump(), printable(name));
  }
  return text;
}

/// The files that may say something, and the rows of one section made from them.
class Rows {
 public:
  explicit Rows(const SpecInputs& inputs) : inputs_(inputs) {}

  /// One figure of a file; null where there is no such file, or it has none.
  struct Found {
    Json value;
    std::string source;
  };
  [[nodiscard]] Found find(const std::optional<SpecFile>& file, const std::string& pointer) const {
    const Json::json_pointer key(pointer);
    if (!file || !file->json.contains(key)) return {};
    return {file->json.at(key), file->name() + "#" + pointer};
  }
  [[nodiscard]] Found benchmark(const std::string& pointer) const {
    return find(inputs_.benchmark, pointer);
  }
  [[nodiscard]] Found metrics(const std::string& pointer) const {
    return find(inputs_.metrics, pointer);
  }
  [[nodiscard]] Found run(const std::string& pointer) const {
    return inputs_.runs.empty() ? Found{} : find(inputs_.runs.front().run, pointer);
  }
  /// They agree, so the first that says it will do.
  [[nodiscard]] static Found first(std::initializer_list<Found> all) {
    for (const Found& found : all)
      if (!found.value.is_null()) return found;
    return {};
  }

  /// A row whose text is the value itself.
  void add(const std::string& key, const Found& found, const std::string& unit = "") {
    add(key, found, "plain", [&] {
      return Json{{"value", plain(found.value) + (unit.empty() ? "" : " " + unit)}};
    });
  }
  /// @param form  the sentence "spec.form.<form>" that the texts fill
  void add(const std::string& key, const Found& found, const std::string& form,
           const std::function<Json()>& texts) {
    Json row = {{"key", key}, {"value", found.value}, {"source", found.source}};
    if (found.value.is_null()) {
      const std::string why = reason(found.source);
      row["form"] = why.empty() ? "not_measured" : "undefined";
      row["texts"] = why.empty() ? Json::object() : Json{{"reason", why}};
    } else {
      row["form"] = form;
      row["texts"] = texts();
    }
    rows_.push_back(std::move(row));
  }
  Json take() { return std::exchange(rows_, Json::array()); }

 private:
  /// metrics.json says why a figure of it is null.
  [[nodiscard]] std::string reason(const std::string& source) const {
    const auto at = source.find('#');
    if (at == std::string::npos || !inputs_.metrics) return "";
    std::string key = source.substr(at + 2);
    std::replace(key.begin(), key.end(), '/', '.');
    return printable(inputs_.metrics->json.value("reasons", Json::object()).value(key, ""));
  }

  const SpecInputs& inputs_;
  Json rows_ = Json::array();
};

Json model_rows(Rows& rows) {
  const auto of_model = [&](const std::string& key) {
    return Rows::first({rows.benchmark("/model/" + key), rows.run("/model/" + key),
                        rows.metrics("/run/model/" + key)});
  };
  for (const char* key : {"name", "version", "license", "task", "sha256", "manifest_sha256"})
    rows.add(key, of_model(key));
  const auto limits = rows.run("/limits");
  rows.add("limits", limits, "limits", [&] {
    return Json{{"review", number(limits.value.at("review_at").get<double>())},
                {"reject", number(limits.value.at("reject_at").get<double>())}};
  });
  return rows.take();
}

Json environment_rows(Rows& rows) {
  rows.add("system", rows.benchmark("/environment/system"));
  rows.add("kernel", rows.benchmark("/environment/kernel"));
  rows.add("cpu", Rows::first({rows.benchmark("/environment/cpu"), rows.run("/device/name")}));
  const auto threads = rows.benchmark("/settings/threads");
  const auto cpus = rows.benchmark("/environment/cpus");
  rows.add("processors", threads, "processors", [&] {
    return Json{{"used", plain(threads.value)}, {"all", plain(cpus.value)}};
  });
  rows.add("memory", rows.benchmark("/environment/memory_mib"), "MiB");
  rows.add("device", Rows::first({rows.benchmark("/environment/device"), rows.run("/device/type"),
                                  rows.metrics("/run/device")}));
  rows.add("engine", Rows::first({rows.benchmark("/environment/libraries/engine"),
                                  rows.run("/libraries/engine"), rows.metrics("/run/engine")}));
  for (const auto& [name, key] : {std::pair("arithmetic", "precision"), {"batch", "batch"}})
    rows.add(name, Rows::first({rows.benchmark(fmt::format("/settings/{}", key)),
                                rows.run(fmt::format("/settings/{}", key)),
                                rows.metrics(fmt::format("/run/{}", key))}));
  rows.add("tool", Rows::first({rows.benchmark("/tool/version"), rows.run("/tool/version"),
                                rows.metrics("/tool/version")}));
  const auto sample = rows.benchmark("/sample");
  rows.add("pictures", sample, "plain", [&] {
    return Json{{"value", fmt::format("{}; {}", counts(sample.value.at("formats")),
                                      counts(sample.value.at("sizes")))}};
  });
  return rows.take();
}

Json speed_rows(Rows& rows) {
  const auto speed = rows.benchmark("/end_to_end");
  rows.add("end_to_end", speed, "rate", [&] {
    return Json{{"rate", number(speed.value.at("median").get<double>())},
                {"mad", number(speed.value.at("mad").get<double>())}};
  });
  const auto target = rows.benchmark("/target");
  const auto met = [&] {
    return target.value.at("met").get<bool>() ? "target_met" : "target_missed";
  };
  rows.add("target", target, target.value.is_null() ? "" : met(), [&] {
    return Json{{"fps", number(target.value.at("fps").get<double>())}};
  });
  const auto alone = rows.benchmark("/model_only_images_per_s");
  rows.add("model_only", alone, "images_per_s", [&] {
    return Json{{"rate", number(alone.value.get<double>())}};
  });
  const auto efficiency = rows.benchmark("/efficiency");
  rows.add("efficiency", efficiency, "plain", [&] {
    return Json{{"value", fmt::format("{:.3f}", efficiency.value.get<double>())}};
  });
  const auto latency = rows.benchmark("/latency_ms");
  rows.add("latency", latency, "latency", [&] {
    const auto ms = [&](const char* key) { return number(latency.value.at(key).get<double>()); };
    return Json{{"p50", ms("p50")}, {"p99", ms("p99")}, {"max", ms("max")}};
  });
  rows.add("cold_start", rows.benchmark("/cold_start_s"), "s");
  rows.add("ram", rows.benchmark("/peak_rss_mib"), "MiB");
  rows.add("vram", rows.benchmark("/peak_vram_mib"), "MiB");
  return rows.take();
}

/// "0.9843", with its interval and confidence where there is one.
void add_rate(Rows& rows, const std::string& key, const std::string& pointer,
              const std::string& interval) {
  const auto value = rows.metrics(pointer), bounds = rows.metrics(interval),
             confidence = rows.metrics("/operating_point/confidence");
  const bool bounded = !bounds.value.is_null();
  rows.add(key, value, bounded ? "interval" : "plain", [&] {
    Json texts{{"value", rate(value.value.get<double>())}};
    if (!bounded) return texts;
    texts["low"] = percent_at_least(bounds.value.at(0).get<double>(), 2);
    texts["high"] = percent_at_most(bounds.value.at(1).get<double>(), 2);
    texts["confidence"] = fmt::format("{:g} %", kPercent * confidence.value.get<double>());
    return texts;
  });
}

void add_task_rows(Rows& rows) {
  const auto task = rows.metrics("/task");
  const std::string name = task.value.is_string() ? task.value.get<std::string>() : "";
  const auto plain_rate = [&](const char* key, const char* pointer) {
    add_rate(rows, key, pointer, "/none");
  };
  if (name == "classification") {
    plain_rate("class_accuracy", "/classification/accuracy");
    plain_rate("macro_f1", "/classification/macro/f1");
  } else if (name == "detection") {
    plain_rate("ap", "/detection/coco/AP");
    plain_rate("ap50", "/detection/coco/AP50");
  } else if (name == "segmentation") {
    plain_rate("mean_iou", "/segmentation/mean_iou");
  }
}

Json accuracy_rows(Rows& rows) {
  const auto point = rows.metrics("/operating_point");
  const auto count = [&](const char* key) { return plain(point.value.at(key)); };
  /// Some figures of the operating point together.
  const auto part = [&](std::initializer_list<const char*> keys) {
    Rows::Found found{nullptr, point.source};
    if (point.value.is_object())
      for (const char* key : keys) found.value[key] = point.value.at(key);
    return found;
  };
  rows.add("test_set", part({"defective", "good"}), "test_set", [&] {
    return Json{{"defective", count("defective")}, {"good", count("good")}};
  });
  rows.add("labels", rows.metrics("/test_set/labels_sha256"));
  const auto upper = rows.metrics("/operating_point/escape_rate_upper");
  const bool shown = !upper.value.is_null();
  rows.add("escapes", shown ? part({"escapes", "defective", "escape_rate_upper"}) : upper,
           "escapes", [&] {
             return Json{
                 {"escapes", count("escapes")},
                 {"defective", count("defective")},
                 {"upper", percent_at_most(upper.value.get<double>(), 2)},
                 {"confidence",
                  fmt::format("{:g} %", kPercent * point.value.at("confidence").get<double>())}};
           });
  add_rate(rows, "recall", "/operating_point/recall", "/operating_point/recall_interval");
  add_rate(rows, "precision", "/operating_point/precision", "/none");
  const auto accuracy = rows.metrics("/operating_point/accuracy"),
             passing = rows.metrics("/operating_point/always_pass_accuracy");
  rows.add("accuracy", accuracy, passing.value.is_null() ? "plain" : "accuracy", [&] {
    Json texts{{"value", rate(accuracy.value.get<double>())}};
    if (!passing.value.is_null()) texts["passing"] = rate(passing.value.get<double>());
    return texts;
  });
  add_rate(rows, "overkill_rate", "/operating_point/overkill_rate",
           "/operating_point/overkill_rate_interval");
  const auto errors = rows.metrics("/errors");
  rows.add("errors", errors);
  add_task_rows(rows);
  return rows.take();
}

Json size_rows(Rows& rows) {
  const auto pod = rows.metrics("/pod");
  const std::string unit =
      pod.value.is_object() && pod.value.value("unit", "px") == "um2" ? "µm²" : "px";
  rows.add("a90_95", rows.metrics("/pod/a90_95"), unit);
  rows.add("smallest_found", rows.metrics("/pod/smallest_found"), unit);
  rows.add("largest_missed", rows.metrics("/pod/largest_missed"), unit);
  const auto always = rows.metrics("/pod/always_found/from"),
             targets = rows.metrics("/pod/always_found/targets");
  rows.add("always_found", always, "always_found", [&] {
    return Json{{"size", plain(always.value) + " " + unit}, {"targets", plain(targets.value)}};
  });
  return rows.take();
}

Json repeat_rows(Rows& rows, const Json& repeats, const std::string& source) {
  const Rows::Found found{repeats, repeats.is_null() ? "" : source};
  const bool identical = !repeats.is_null() && repeats.at("identical").get<bool>();
  rows.add("repeats", found, identical ? "identical" : "differing", [&] {
    return Json{
        {"runs", plain(repeats.at("runs"))},
        {"images", plain(repeats.at("images"))},
        {"records", plain(repeats.at("differing_records"))},
        {"verdicts", plain(repeats.at("differing_verdicts"))},
        {"largest", fmt::format("{:.3g}", repeats.at("largest_score_difference").get<double>())}};
  });
  return rows.take();
}

Json sources_json(const SpecInputs& inputs) {
  Json sources = Json::array();
  const auto add = [&](const std::string& file, const std::string& sha256) {
    sources.push_back({{"file", to_utf8(file)}, {"sha256", sha256}});
  };
  for (const auto& file : {inputs.benchmark, inputs.metrics})
    if (file) add(file->name(), file->sha256);
  for (const SpecRun& run : inputs.runs) {
    add(run.run.name(), run.run.sha256);
    add(run.results.string(), run.results_sha256);
  }
  return sources;
}

}  // namespace

Json spec_json(const SpecInputs& inputs) {
  Rows rows(inputs);
  const Json repeats = repeats_json(inputs.runs);
  std::string runs;
  for (const SpecRun& run : inputs.runs) runs += (runs.empty() ? "" : ", ") + run.results.string();
  Json sections = Json::array();
  const auto add = [&](const char* key, Json content) {
    sections.push_back({{"key", key}, {"rows", std::move(content)}});
  };
  add("model", model_rows(rows));
  add("environment", environment_rows(rows));
  add("speed", speed_rows(rows));
  add("accuracy", accuracy_rows(rows));
  add("size", size_rows(rows));
  add("repeatability", repeat_rows(rows, repeats, runs));
  return {{"schema", "zeromiss-spec/1"},
          {"tool", {{"name", "benchmark spec"}, {"version", kVersion}}},
          {"sections", std::move(sections)},
          {"repeatability", repeats},
          {"sources", sources_json(inputs)}};
}

}  // namespace zeromiss
