#include "html_page.hpp"

#include "assets.hpp"

#include <zeromiss/base/hash.hpp>
#include <zeromiss/base/json.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cstdint>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace zeromiss {
namespace {

/// Puts `value` where the template says {{name}}; the template must say it exactly once. What was
/// filled in before, behind this place, may hold any text, also one that looks like a mark.
void fill(std::string& page, std::string_view name, std::string_view value) {
  const auto mark = fmt::format("{{{{{}}}}}", name);
  const std::string_view shell = assets::kPageHtml;
  const auto at = shell.find(mark);
  if (at == std::string_view::npos || shell.find(mark, at + mark.size()) != std::string_view::npos)
    throw std::logic_error("page.html must hold " + mark + " exactly once");
  page.replace(page.find(mark), mark.size(), value);
}

/// A source of a Content-Security-Policy that admits exactly this inline text.
std::string csp_source(std::string_view text) {
  const std::string hex = sha256_hex(text);
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return fmt::format("'sha256-{}'", base64(bytes));
}

std::string policy(const std::vector<std::string_view>& scripts, bool pictures_beside) {
  std::string sources;
  for (const auto script : scripts) sources += fmt::format(" {}", csp_source(script));
  return fmt::format(
      "default-src 'none'; img-src data:{}; style-src {}; script-src{}; "
      "base-uri 'none'; form-action 'none'",
      pictures_beside ? " file: 'self'" : "", csp_source(assets::kReportCss), sources);
}

}  // namespace

std::string html_page(const HtmlPage& page) {
  std::vector<std::string_view> scripts = {assets::kChartJs, assets::kReportJs};
  scripts.insert(scripts.end(), page.scripts.begin(), page.scripts.end());
  std::string elements;
  for (const auto script : scripts) elements += fmt::format("<script>{}</script>\n", script);

  std::string text(assets::kPageHtml);
  // Marks are filled from the last to the first, so that no value is searched for marks.
  fill(text, "scripts", elements);
  fill(text, "data", json_island(*page.data));
  fill(text, "texts", json_island(nlohmann::ordered_json::parse(assets::kTextsJson)));
  fill(text, "body", page.body);
  fill(text, "title", page.title);
  fill(text, "skip",
       page.skip_to.empty()
           ? ""
           : fmt::format("<a class=\"skip\" href=\"#{}\" data-t=\"skip_to_images\"></a>\n",
                         page.skip_to));
  fill(text, "style", assets::kReportCss);
  fill(text, "policy", policy(scripts, page.pictures_beside));
  return text;
}

std::string json_island(const nlohmann::ordered_json& data) {
  // U+2028 and U+2029 end lines in older JavaScript; the rest could be read as markup.
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kEscapes = {
      {{"<", "\\u003c"},
       {">", "\\u003e"},
       {"&", "\\u0026"},
       {"\xE2\x80\xA8", "\\u2028"},
       {"\xE2\x80\xA9", "\\u2029"}}};
  const std::string plain = json_line(data);
  std::string island;
  island.reserve(plain.size() + plain.size() / 16);
  for (std::size_t at = 0; at < plain.size();) {
    const std::string_view rest = std::string_view(plain).substr(at);
    std::string_view from = rest.substr(0, 1), to = from;
    for (const auto& [bad, escape] : kEscapes) {
      if (rest.substr(0, bad.size()) == bad) std::tie(from, to) = std::pair(bad, escape);
    }
    island += to;
    at += from.size();
  }
  return island;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::string_view group = bytes.substr(at, 3);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i)
      bits = bits << 8U | (i < group.size() ? static_cast<unsigned char>(group[i]) : 0U);
    for (std::size_t i = 0; i < 4; ++i)
      text += i <= group.size() ? kDigits[bits >> (18U - 6U * i) & 63U] : '=';
  }
  return text;
}

}  // namespace zeromiss
