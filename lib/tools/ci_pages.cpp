#include "ci_pages.hpp"

#include "score_messages.hpp"

#include <zeromiss/base/files.hpp>
#include <zeromiss/base/message.hpp>
#include <zeromiss/report/ci.hpp>

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <system_error>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMostSummary = 1U << 20U;  ///< GitHub takes 1 MiB a step

std::string variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets it
  return value == nullptr ? "" : value;
}

void append_summary(const fs::path& file, const std::string& text, const ScoreOptions& options) {
  std::error_code problem;
  const std::uintmax_t size = fs::exists(file, problem) ? fs::file_size(file, problem) : 0;
  if (problem)
    throw Error(ErrorKind::output,
                fmt::format("{} ($GITHUB_STEP_SUMMARY): {}", file.string(), problem.message()));
  if (size + text.size() > kMostSummary)
    return note(options, "the step's summary is full (1 MiB): this one was left out");
  DurableFile summary(file, size);
  summary.append(text + "\n");
  summary.close();
}

}  // namespace

void publish_to_ci(const Evaluation& evaluation, const ScoreOptions& options, std::ostream& out) {
  if (const std::string file = variable("GITHUB_STEP_SUMMARY"); !file.empty())
    append_summary(file, metrics_markdown(evaluation), options);
  if (variable("GITHUB_ACTIONS") != "true") return;
  const std::string text = github_annotations(evaluation);
  if (options.summary_md == "-")
    print_message(text);
  else
    out << text;
}

}  // namespace zeromiss
