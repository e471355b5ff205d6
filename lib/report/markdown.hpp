#pragma once

#include <string>
#include <string_view>

namespace zeromiss {

/// A name as text of Markdown, wherever it stands: every sign that Markdown or HTML gives a meaning
/// is a numeric entity, and what does not show or turns the text around is spelt out.
std::string markdown_name(std::string_view name);

/// The same for a sentence that stands behind the first column of a table: signs that mean
/// something only at the beginning of a line, or to a machine that looks for names, stay readable.
std::string markdown_cell(std::string_view text);

}  // namespace zeromiss
