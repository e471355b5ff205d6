#include "bench_result.hpp"

#include <zeromiss/base/text.hpp>

#include <fmt/format.h>
#include <fmt/ostream.h>

namespace zeromiss {
namespace {

using Json = nlohmann::ordered_json;
constexpr double kMilli = 1e3, kPercent = 100;

/// Three digits that count, whatever the size.
std::string figure(double value) {
  constexpr double kMany = 1000;
  return value >= kMany ? fmt::format("{:.0f}", value) : fmt::format("{:.3g}", value);
}

std::string counts(const Json& object) {
  constexpr std::size_t kShown = 3;
  std::string text;
  std::size_t shown = 0;
  for (const auto& [name, count] : object.items()) {
    if (shown++ == kShown) return text + ", …";
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count.get<std::uint64_t>(), name);
  }
  return text;
}

void print_head(const Json& json, std::ostream& out) {
  if (json.at("valid").get<bool>()) {
    out << "VALID\n";
  } else {
    const Json& reasons = json.at("reasons");
    fmt::print(out, "INVALID: {}\n", reasons.at(0).get<std::string>());
    for (std::size_t i = 1; i < reasons.size(); ++i)
      fmt::print(out, "         {}\n", reasons.at(i).get<std::string>());
  }
  const Json &model = json.at("model"), &settings = json.at("settings"),
             &environment = json.at("environment"), &sample = json.at("sample");
  fmt::print(out, "{} {} on {}, {} of {} processors, batch {}, {}\n",
             printable(model.at("name").get<std::string>()),
             printable(model.at("version").get<std::string>()),
             printable(environment.at("cpu").get<std::string>()), settings.at("threads").get<int>(),
             environment.at("cpus").get<int>(), settings.at("batch").get<int>(),
             environment.at("libraries").at("engine").get<std::string>());
  fmt::print(out, "{} of {} images: {}; {}", sample.at("images").get<std::uint64_t>(),
             sample.at("listed").get<std::uint64_t>(), counts(sample.at("formats")),
             counts(sample.at("sizes")));
  if (const auto unusable = sample.at("unusable").get<std::uint64_t>(); unusable > 0)
    fmt::print(out, "; {} more cannot be decoded", unusable);
  const auto precision = settings.at("precision").get<std::string>(),
             limits = settings.at("limits_precision").get<std::string>();
  if (precision != limits)
    fmt::print(
        out, "\n{}: measured for its speed alone; the limits were set at {}, so inspect refuses it",
        precision, limits);
  out << "\n\n";
}

void print_stages(const Json& json, std::ostream& out) {
  double sum = 0;
  for (const auto& [name, stage] : json.at("stages").items())
    sum += stage.at("median").get<double>();
  fmt::print(out, "{:<12}{:>12}{:>10}{:>9}\n", "stage", "ms an image", "± ms", "share");
  for (const auto& [name, stage] : json.at("stages").items()) {
    const double median = stage.at("median").get<double>();
    fmt::print(out, "{:<12}{:>12.3f}{:>10.3f}{:>7.1f} %\n", name, kMilli * median,
               kMilli * stage.at("mad").get<double>(), kPercent * median / sum);
  }
  fmt::print(out, "{:<12}{:>12.3f}   each stage alone, on all {} workers at once\n\n", "sum",
             kMilli * sum, json.at("settings").at("threads").get<int>());
}

void print_rates(const Json& json, std::ostream& out) {
  const auto number = [&](const char* key) { return json.at(key).get<double>(); };
  const Json& latency = json.at("latency_ms");
  fmt::print(out, "end to end    {} images/s (± {})\n", figure(number("end_to_end_images_per_s")),
             figure(json.at("end_to_end").at("mad").get<double>()));
  fmt::print(out, "bound         {} images/s; efficiency {:.3f}\n",
             figure(number("bound_images_per_s")), number("efficiency"));
  fmt::print(out, "model alone   {} images/s\n", figure(number("model_only_images_per_s")));
  fmt::print(out, "scaling       {:.2f} of one worker's rate for each worker\n", number("scaling"));
  fmt::print(
      out, "latency       {:.1f} ms median, {:.1f} p95, {:.1f} p99, {:.1f} worst (one at a time)\n",
      latency.at("p50").get<double>(), latency.at("p95").get<double>(),
      latency.at("p99").get<double>(), latency.at("max").get<double>());
  const Json& vram = json.at("peak_vram_mib");
  fmt::print(out, "cold start    {:.2f} s to the first records; {:.0f} MiB of memory at most{}\n",
             number("cold_start_s"), number("peak_rss_mib"),
             vram.is_null() ? "" : fmt::format(", {:.0f} MiB of the GPU's", vram.get<double>()));
  const Json& cache = json.at("page_cache");
  fmt::print(out, "reading       {:.3f} ms an image from memory, {:.3f} ms from the disk\n\n",
             kMilli * cache.at("warm_read_s").get<double>(),
             kMilli * cache.at("cold_read_s").get<double>());
}

std::string advice(const Json& json) {
  const Json& target = json.at("target");
  const Json& what_if = json.at("what_if");
  const std::string rate = figure(json.at("end_to_end_images_per_s").get<double>());
  const std::string wanted = figure(target.at("fps").get<double>());
  const std::string ceiling = figure(what_if.at("infinite_gpu_images_per_s").get<double>());
  const auto name = what_if.at("advice").get<std::string>();
  if (name == "fast_enough")
    return fmt::format(
        "This PC is fast enough: {} images/s for the {} asked for. No GPU is needed.", rate,
        wanted);
  if (name == "this_gpu_enough")
    return fmt::format(
        "This PC with this GPU is fast enough: {} images/s for the {} asked for. Without the GPU "
        "it was not measured: --device cpu.",
        rate, wanted);
  if (name == "this_gpu_too_slow")
    return fmt::format(
        "This PC reaches {} of the {} images/s asked for, with this GPU; an infinitely fast one "
        "would allow {}.",
        rate, wanted, ceiling);
  if (name == "gpu_helps")
    return fmt::format(
        "This PC reaches {} of the {} images/s asked for; {}a GPU would help (at most {} images/s "
        "here).",
        rate, wanted,
        what_if.at("limiting_stage") == "infer" ? "the model takes most of the time, so " : "",
        ceiling);
  return fmt::format(
      "This PC reaches {} of the {} images/s asked for, and a GPU alone would not be enough: "
      "reading and decoding allow {} images/s.",
      rate, wanted, ceiling);
}

void print_bf16(const Json& bf16, std::ostream& out) {
  if (bf16.at("images_per_s").is_null()) {
    fmt::print(out, "  with bf16                     no figure: {}\n",
               printable(bf16.at("reason").get<std::string>()));
    return;
  }
  fmt::print(out, "  with bf16                     {} images/s (the model {:.2f} ms, measured",
             figure(bf16.at("images_per_s").get<double>()),
             kMilli * bf16.at("infer_s").get<double>());
  if (const auto found = bf16.find("measured_images_per_s"); found != bf16.end())
    fmt::print(out, "; end to end, measured, {}", figure(found->get<double>()));
  out << "); needs limits set at bf16\n";
}

void print_answer(const Json& json, std::ostream& out) {
  const Json& what_if = json.at("what_if");
  out << advice(json) << "\n";
  const Json& target = json.at("target");
  if (const auto hours = target.find("hours_per_night"); hours != target.end())
    fmt::print(out, "{} images take {:.1f} hours.\n",
               target.at("images_per_night").get<std::uint64_t>(), hours->get<double>());
  fmt::print(out, "Most time goes into: {}. Computed, not measured:\n",
             what_if.at("limiting_stage").get<std::string>());
  fmt::print(out, "  with an infinitely fast GPU   {} images/s\n",
             figure(what_if.at("infinite_gpu_images_per_s").get<double>()));
  fmt::print(out, "  with twice the processors     {} images/s\n",
             figure(what_if.at("double_cores_images_per_s").get<double>()));
  const Json& cores = what_if.at("cores_for_target");
  fmt::print(out, "  processors for the target     {}\n",
             cores.is_null() ? "no number: the GPU is too slow"
                             : fmt::format("{:.0f}", cores.get<double>()));
  print_bf16(what_if.at("bf16"), out);
  for (const auto& [name, format] : what_if.at("formats").items())
    fmt::print(out, "  images as {:<20}{} images/s (decoding {:.2f} ms, measured)\n", name,
               figure(format.at("images_per_s").get<double>()),
               kMilli * format.at("decode_s").get<double>());
}

void print_sweep(const Json& json, std::ostream& out) {
  if (!json.contains("sweep")) return;
  const Json& best = json.at("sweep").at("best");
  fmt::print(out, "\n{:>6}{:>9}{:>11}{:>12}{:>9}\n", "batch", "threads", "precision", "images/s",
             "±");
  for (const Json& row : json.at("sweep").at("rows"))
    fmt::print(out, "{:>6}{:>9}{:>11}{:>12}{:>9}{}\n", row.at("batch").get<int>(),
               row.at("threads").get<int>(), row.at("precision").get<std::string>(),
               figure(row.at("images_per_s").get<double>()), figure(row.at("mad").get<double>()),
               row == best ? "  best" : "");
}

}  // namespace

void print_benchmark(const Json& json, std::ostream& out) {
  print_head(json, out);
  print_stages(json, out);
  print_rates(json, out);
  print_answer(json, out);
  print_sweep(json, out);
  print_engines(json, out);
}

}  // namespace zeromiss
