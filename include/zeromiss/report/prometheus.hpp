#pragma once

#include <zeromiss/report/results_file.hpp>

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <filesystem>
#include <string>

namespace zeromiss {

inline constexpr const char* kPrometheusFile = "metrics.prom";

/// The text for node_exporter's textfile collector, in Prometheus' exposition format 0.0.4: images
/// by verdict, errors by code, seconds, images/s, and when the run was complete, so that an alert
/// can fire on a night that is missing.
/// @param run, summary  the contents of run.json and summary.json
/// @param finished_s    seconds since 1970
std::string prometheus_text(const nlohmann::ordered_json& run,
                            const nlohmann::ordered_json& summary, std::int64_t finished_s);

/// Writes DIR/metrics.prom, whole or not at all. @throws Error(output)
void write_prometheus(const std::filesystem::path& folder, const nlohmann::ordered_json& run,
                      const nlohmann::ordered_json& summary, std::int64_t finished_s);

}  // namespace zeromiss
