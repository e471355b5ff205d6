#pragma once

#include <zeromiss/report/texts.hpp>

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <string>

namespace zeromiss {

inline constexpr const char* kSpecMarkdownFile = "spec.md";
inline constexpr const char* kSpecKoreanFile = "spec.ko.md";

/// The sheet as Markdown, from spec.json alone; no name in it can become markup.
std::string spec_markdown(const nlohmann::ordered_json& spec, Language language);

/// FOLDER/spec.md, spec.ko.md and report.html. @throws Error(output)
void write_spec_sheet(const std::filesystem::path& folder, const nlohmann::ordered_json& spec);

}  // namespace zeromiss
