#include "run_statement.hpp"

#include <zeromiss/base/hash.hpp>
#include <zeromiss/base/json.hpp>
#include <zeromiss/base/presence.hpp>
#include <zeromiss/report/results_file.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <initializer_list>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

/// The output folder of inspect, if that is where the predictions are.
std::optional<fs::path> run_folder(fs::path place) {
  if (!place.has_filename()) place = place.parent_path();  // "out/"
  const bool inside = place.filename() == kResultsFile || place.filename() == kMaskFolder;
  const fs::path folder = inside ? place.parent_path() : place;
  for (const char* file : {kRunFile, kResultsFile})
    if (!is_there(folder / file, ErrorKind::input)) return std::nullopt;
  return folder;
}

/// A value of run.json by its keys; null where an older version wrote none.
nlohmann::ordered_json value_at(const nlohmann::ordered_json& run,
                                std::initializer_list<const char*> keys) {
  const auto* at = &run;
  for (const char* key : keys) {
    if (!at->is_object() || !at->contains(key)) return nullptr;
    at = &at->at(key);
  }
  return *at;
}

std::string text_at(const nlohmann::ordered_json& run, std::initializer_list<const char*> keys) {
  const auto value = value_at(run, keys);
  return value.is_string() ? value.get<std::string>() : "";
}

/// No figure comes from other records than those that the run ended with.
void require_stated(const fs::path& folder, const std::string& found) {
  if (!is_there(folder / kSummaryFile, ErrorKind::input)) return;  // a run that did not finish
  const auto summary =
      JsonDocument::read(folder / kSummaryFile, ErrorKind::input, kMaxSummaryBytes);
  const auto stated = summary.root().find("results_sha256");
  if (stated && stated->string() != found)
    stated->fail(fmt::format("{} has the hash {}: it was changed after the run; inspect again",
                             kResultsFile, found));
}

}  // namespace

std::string results_sha256(const fs::path& results) {
  Sha256 hash;
  for_each_line(results, ErrorKind::input, [&](std::string_view line) {
    hash.update(line);
    hash.update("\n");
  });
  return hash.hex();
}

std::optional<RunStatement> run_statement(const fs::path& predictions) {
  const auto folder = run_folder(predictions);
  if (!folder) return std::nullopt;
  const auto document = JsonDocument::read(*folder / kRunFile, ErrorKind::input);
  const auto& run = document.root().raw();
  RunStatement found;
  found.results_sha256 = results_sha256(*folder / kResultsFile);
  require_stated(*folder, found.results_sha256);
  found.list_sha256 = text_at(run, {"settings", "list_sha256"});
  found.tool_version = text_at(run, {"tool", "version"});
  found.engine = text_at(run, {"libraries", "engine"});
  found.device = text_at(run, {"device", "type"});
  found.precision = text_at(run, {"settings", "precision"});
  const auto batch = value_at(run, {"settings", "batch"});
  if (batch.is_number_unsigned()) found.batch = batch.get<std::uint64_t>();
  found.model_name = text_at(run, {"model", "name"});
  found.model_version = text_at(run, {"model", "version"});
  found.model_sha256 = text_at(run, {"model", "sha256"});
  found.manifest_sha256 = text_at(run, {"model", "manifest_sha256"});
  return found;
}

}  // namespace zeromiss
