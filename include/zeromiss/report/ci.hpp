#pragma once

#include <string>
#include <string_view>

namespace zeromiss {

struct Evaluation;

/// Workflow commands of GitHub Actions: ::error for each gate that is not met, and one ::warning
/// where defective images passed. At most nine errors, the rest in a tenth, because GitHub shows
/// ten of a step. Empty when there is nothing to say. No name can begin a command of its own.
std::string github_annotations(const Evaluation& evaluation);

/// "::error title=TITLE::MESSAGE" and a line end.
std::string github_command(std::string_view level, std::string_view title,
                           std::string_view message);

}  // namespace zeromiss
