#include "assets.hpp"
#include "html_page.hpp"

#include <zeromiss/base/files.hpp>
#include <zeromiss/report/choose_html.hpp>
#include <zeromiss/report/results_file.hpp>

#include <nlohmann/json.hpp>

namespace zeromiss {

void write_choose_html(const std::filesystem::path& folder, const nlohmann::ordered_json& choice) {
  write_file_atomically(
      folder / kHtmlFile,
      html_page({"choose.title", "", assets::kChooseHtml, {assets::kChooseJs}, &choice}));
}

}  // namespace zeromiss
