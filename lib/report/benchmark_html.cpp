#include "assets.hpp"
#include "html_page.hpp"

#include <zeromiss/base/files.hpp>
#include <zeromiss/report/benchmark_html.hpp>
#include <zeromiss/report/results_file.hpp>

#include <nlohmann/json.hpp>

namespace zeromiss {

void write_benchmark_html(const std::filesystem::path& folder,
                          const nlohmann::ordered_json& benchmark) {
  write_file_atomically(
      folder / kHtmlFile,
      html_page(
          {"benchmark.title", "", assets::kBenchmarkHtml, {assets::kBenchmarkJs}, &benchmark}));
}

}  // namespace zeromiss
