// What it looks like is in data/report/steps.*.
#include "assets.hpp"
#include "html_page.hpp"

#include <zeromiss/report/steps_report.hpp>

#include <nlohmann/json.hpp>

namespace zeromiss {

std::string steps_html(const nlohmann::ordered_json& steps) {
  return html_page({"steps.title", "steps", assets::kStepsHtml, {assets::kStepsJs}, &steps, true});
}

}  // namespace zeromiss
