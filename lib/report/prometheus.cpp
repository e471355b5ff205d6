#include <zeromiss/base/files.hpp>
#include <zeromiss/report/prometheus.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <string_view>
#include <vector>

namespace zeromiss {
namespace {

using Json = nlohmann::ordered_json;

/// A label's value: backslash, quote and line end are escaped, nothing else is special.
std::string label(std::string_view name, std::string_view value) {
  std::string text = fmt::format("{}=\"", name);
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    if (c == '\n')
      text += "\\n";
    else
      text += c;
  }
  return text + '"';
}

void describe(std::string& text, std::string_view name, std::string_view help) {
  text += fmt::format("# HELP {} {}\n# TYPE {} gauge\n", name, help, name);
}

}  // namespace

std::string prometheus_text(const Json& run, const Json& summary, std::int64_t finished_s) {
  const Json& model = run.at("model");
  const std::string who = label("model", model.at("name").get<std::string>()) + "," +
                          label("version", model.at("version").get<std::string>());
  std::string text;
  describe(text, "zeromiss_images", "Images of the last complete run, by verdict.");
  for (const auto& [verdict, count] : summary.at("verdicts").items())
    text += fmt::format("zeromiss_images{{{},{}}} {}\n", who, label("verdict", verdict),
                        count.get<std::uint64_t>());
  describe(text, "zeromiss_image_errors", "Images in ERROR of the last complete run, by code.");
  for (const auto& [code, count] : summary.at("errors").items())
    text += fmt::format("zeromiss_image_errors{{{},{}}} {}\n", who, label("code", code),
                        count.get<std::uint64_t>());
  describe(text, "zeromiss_run_duration_seconds", "Length of the last complete run.");
  text += fmt::format("zeromiss_run_duration_seconds{{{}}} {}\n", who,
                      summary.at("seconds").get<double>());
  describe(text, "zeromiss_images_per_second", "Speed of the last complete run.");
  text += fmt::format("zeromiss_images_per_second{{{}}} {}\n", who,
                      summary.at("images_per_s").get<double>());
  describe(text, "zeromiss_last_success_timestamp_seconds",
           "When the last run was complete, with a record for every image.");
  text += fmt::format("zeromiss_last_success_timestamp_seconds{{{}}} {}\n", who, finished_s);
  return text;
}

void write_prometheus(const std::filesystem::path& folder, const Json& run, const Json& summary,
                      std::int64_t finished_s) {
  write_file_atomically(folder / kPrometheusFile, prometheus_text(run, summary, finished_s));
}

}  // namespace zeromiss
