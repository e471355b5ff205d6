#pragma once

#include <nlohmann/json_fwd.hpp>

#include <filesystem>

namespace zeromiss {

/// Writes DIR/report.html, one offline file in English and Korean, from benchmark.json's content.
/// Atomic. @throws Error(output)
void write_benchmark_html(const std::filesystem::path& folder,
                          const nlohmann::ordered_json& benchmark);

}  // namespace zeromiss
