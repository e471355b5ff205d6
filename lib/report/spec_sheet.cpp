#include "assets.hpp"
#include "html_page.hpp"
#include "markdown.hpp"

#include <zeromiss/base/files.hpp>
#include <zeromiss/report/results_file.hpp>
#include <zeromiss/report/spec_sheet.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace zeromiss {
namespace {

using Json = nlohmann::ordered_json;

std::string row_text(const Json& row, Language language) {
  return text(language, "spec.form." + row.at("form").get<std::string>(), row.at("texts"));
}

std::string section_text(const Json& section, Language language) {
  std::string page =
      fmt::format("\n## {}\n\n| {} | {} |\n|-|-|\n",
                  text(language, "spec.section." + section.at("key").get<std::string>()),
                  text(language, "spec.figure"), text(language, "spec.value"));
  for (const Json& row : section.at("rows"))
    page +=
        fmt::format("| {} | {} |\n", text(language, "spec.row." + row.at("key").get<std::string>()),
                    markdown_cell(row_text(row, language)));
  return page;
}

std::string score(const Json& value) { return value.is_null() ? "–" : value.dump(); }

std::string differences_text(const Json& repeats, Language language) {
  if (repeats.is_null() || repeats.at("differences").empty()) return "";
  std::string page = fmt::format("\n| {} | {} | {} |\n|-|-|-|\n", text(language, "spec.image"),
                                 text(language, "spec.verdicts"), text(language, "spec.scores"));
  for (const Json& one : repeats.at("differences"))
    page += fmt::format(
        "| {} | {} → {} | {} → {} |\n", markdown_cell(one.at("image").get<std::string>()),
        one.at("verdicts").at(0).get<std::string>(), one.at("verdicts").at(1).get<std::string>(),
        score(one.at("scores").at(0)), score(one.at("scores").at(1)));
  return page;
}

std::string sources_text(const Json& sources, Language language) {
  std::string page =
      fmt::format("\n## {}\n\n{}\n\n| {} | SHA-256 |\n|-|-|\n", text(language, "spec.sources"),
                  text(language, "spec.sources_hint"), text(language, "spec.file"));
  for (const Json& source : sources)
    page += fmt::format("| {} | {} |\n", markdown_cell(source.at("file").get<std::string>()),
                        source.at("sha256").get<std::string>());
  return page;
}

}  // namespace

std::string spec_markdown(const Json& spec, Language language) {
  std::string page = fmt::format("# {}\n", text(language, "spec.title"));
  for (const Json& section : spec.at("sections")) page += section_text(section, language);
  page += differences_text(spec.at("repeatability"), language);
  return page + sources_text(spec.at("sources"), language);
}

void write_spec_sheet(const std::filesystem::path& folder, const Json& spec) {
  write_file_atomically(folder / kSpecMarkdownFile, spec_markdown(spec, Language::english));
  write_file_atomically(folder / kSpecKoreanFile, spec_markdown(spec, Language::korean));
  write_file_atomically(folder / kHtmlFile,
                        html_page({"spec.title", "", assets::kSpecHtml, {assets::kSpecJs}, &spec}));
}

}  // namespace zeromiss
