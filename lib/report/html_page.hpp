#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace zeromiss {

/// One page of any tool: the shell (data/report/page.html) around a body, the shared style, texts
/// and scripts, the page's own scripts, and its data.
struct HtmlPage {
  std::string_view title;    ///< key of the heading in i18n.json
  std::string_view skip_to;  ///< id of the section the first Tab leads to; may be empty
  std::string_view body;     ///< one of the embedded assets
  std::vector<std::string_view> scripts;  ///< embedded assets, run in this order after report.js
  const nlohmann::ordered_json* data;     ///< what the scripts show; any text in it is harmless
  bool pictures_beside = false;           ///< may also show pictures that lie in its own folder
};

/// The whole file: offline, and by its Content-Security-Policy unable to load or send anything or
/// to run any script but its own (each named by its SHA-256).
std::string html_page(const HtmlPage& page);

/// JSON that cannot end the <script> element around it, whatever its texts hold.
std::string json_island(const nlohmann::ordered_json& data);

/// Base64 by RFC 4648, with padding.
std::string base64(std::string_view bytes);

}  // namespace zeromiss
