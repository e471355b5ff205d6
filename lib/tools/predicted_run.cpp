#include "predicted_run.hpp"

#include <zeromiss/base/text.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <stdexcept>
#include <system_error>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

using Use = std::function<void(const PredictedImage&)>;

struct Format {
  PredictionsFormat format;
  std::string_view name;
  PredictedRun (*open)(const fs::path&, const std::vector<std::string>&);
  void (*read)(const PredictedRun&, const Use&);
};

constexpr std::array<Format, 2> kFormats{{
    {PredictionsFormat::inspect, "inspect", open_inspect, read_inspect},
    {PredictionsFormat::csv, "csv", open_csv, read_csv},
}};

const Format& row(PredictionsFormat wanted) {
  for (const auto& format : kFormats)
    if (format.format == wanted) return format;
  throw std::logic_error("a predictions format without a reader");
}

PredictionsFormat detect(const fs::path& place) {
  std::error_code problem;
  const fs::file_status status = fs::status(place, problem);
  if (!fs::exists(status))
    throw Error(ErrorKind::input,
                fmt::format("{}: no predictions there; --predictions takes the output folder of "
                            "inspect, the results.jsonl in it, or a table .csv",
                            place.string()));
  const std::string extension = lower_ascii(place.extension().string());
  const bool table = extension == ".csv" || extension == ".tsv";
  return table && !fs::is_directory(status) ? PredictionsFormat::csv : PredictionsFormat::inspect;
}

}  // namespace

PredictionsFormat predictions_format(const std::string& name, const fs::path& place) {
  std::vector<std::string_view> names;
  for (const auto& format : kFormats) {
    if (format.name == name) return format.format;
    names.push_back(format.name);
  }
  if (name == "auto") return detect(place);
  throw Error(ErrorKind::usage, fmt::format("--predictions-format {}: expected auto or one of {}",
                                            name, fmt::join(names, ", ")));
}

PredictedRun open_predictions(const fs::path& place, PredictionsFormat format,
                              const std::vector<std::string>& classes) {
  PredictedRun run = row(format).open(place, classes);
  run.kind = format;
  return run;
}

void for_each_prediction(const PredictedRun& run, const Use& use) { row(run.kind).read(run, use); }

}  // namespace zeromiss
