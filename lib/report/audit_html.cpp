// What it looks like is in data/report/audit.*.
#include "assets.hpp"
#include "html_page.hpp"

#include <zeromiss/base/version.hpp>
#include <zeromiss/report/audit_report.hpp>

#include <nlohmann/json.hpp>

namespace zeromiss {

std::string audit_html(const nlohmann::ordered_json& audit,
                       const std::map<std::string, std::string>& pictures) {
  nlohmann::ordered_json encoded = nlohmann::ordered_json::object();
  for (const auto& [name, jpeg] : pictures) encoded[name] = base64(jpeg);
  const nlohmann::ordered_json data = {
      {"version", kVersion}, {"audit", audit}, {"pictures", std::move(encoded)}};
  return html_page({"audit.title", "leaks-section", assets::kAuditHtml, {assets::kAuditJs}, &data});
}

}  // namespace zeromiss
