#include "part_ids.hpp"

#include "score_messages.hpp"

#include <zeromiss/base/csv_reader.hpp>
#include <zeromiss/base/text.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <regex>
#include <unordered_map>

namespace zeromiss {
namespace {

[[noreturn]] void refuse_image(const std::string& option, const std::string& image) {
  throw Error(ErrorKind::input,
              fmt::format("{}: image {} belongs to no part; every labelled image needs one", option,
                          printable(image)));
}

/// Numbers the parts in the order of their first image.
class Numbering {
 public:
  std::uint32_t of(const std::string& part) {
    return numbers_.try_emplace(part, static_cast<std::uint32_t>(numbers_.size())).first->second;
  }
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(numbers_.size()); }

 private:
  std::unordered_map<std::string, std::uint32_t> numbers_;
};

std::regex parse_pattern(const std::string& pattern) {
  try {
    return std::regex(pattern);
  } catch (const std::regex_error& error) {
    refuse_usage(fmt::format("--group \"{}\": no regular expression (ECMAScript): {}",
                             printable(pattern), error.what()));
  }
}

/// What the pattern's brackets hold, one after the other; without brackets the whole match.
std::string part_by_pattern(const std::regex& pattern, const std::string& image,
                            const std::string& option) {
  std::smatch found;
  if (!std::regex_search(image, found, pattern)) refuse_image(option, image);
  if (found.size() == 1) return found.str();
  std::string part;
  for (std::size_t i = 1; i < found.size(); ++i) part.append(found.str(i)).push_back('\0');
  return part;
}

std::unordered_map<std::string, std::string> read_column(const ScoreOptions& options) {
  const auto& file = options.ground_truth;
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored))
    refuse_usage("--group-column goes with a table as --gt; for folders use --group PATTERN");
  CsvReader table(file, ErrorKind::input);
  const auto image = table.column("image"), part = table.column(options.group_column);
  if (!image || !part)
    refuse_usage(fmt::format("--group-column \"{}\": {} has no such column beside image; it has {}",
                             printable(options.group_column), file.string(),
                             printable(fmt::format("{}", fmt::join(table.header(), ", ")))));
  std::unordered_map<std::string, std::string> parts;
  while (table.next()) parts.emplace(table.text(*image), table.name(*part));
  return parts;
}

}  // namespace

std::optional<PartIds> part_ids(const ScoreOptions& options, std::size_t images,
                                const std::function<std::string(std::size_t)>& name) {
  if (options.group.empty() && options.group_column.empty()) return std::nullopt;
  if (!options.group.empty() && !options.group_column.empty())
    refuse_usage("--group and --group-column exclude each other: choose one way to tell parts");
  PartIds ids;
  ids.of.reserve(images);
  Numbering numbers;
  if (!options.group.empty()) {
    const std::regex pattern = parse_pattern(options.group);
    const std::string option = fmt::format("--group \"{}\"", printable(options.group));
    for (std::size_t i = 0; i < images; ++i)
      ids.of.push_back(numbers.of(part_by_pattern(pattern, name(i), option)));
  } else {
    const auto parts = read_column(options);
    for (std::size_t i = 0; i < images; ++i) {
      const std::string image = name(i);
      const auto found = parts.find(image);
      if (found == parts.end()) refuse_image("--group-column", image);
      ids.of.push_back(numbers.of(found->second));
    }
  }
  ids.parts = numbers.size();
  return ids;
}

namespace {

/// What decides about one defective part, limit by limit: its lowest score; missing at any.
struct Unit {
  double lowest = std::numeric_limits<double>::infinity();
  bool missing = false, defective = false;
};

void add_unit(RiskInput& input, const Unit& unit) {
  if (!unit.defective) return;
  if (unit.missing)
    ++input.always_escaped;
  else if (std::isinf(unit.lowest))
    ++input.never_escaped;
  else
    input.defective.push_back(unit.lowest);
}

RiskInput risk_input(const Evaluation& evaluation, const std::optional<PartIds>& ids) {
  RiskInput input;
  std::vector<Unit> units(ids ? ids->parts : 0);
  for (std::size_t i = 0; i < evaluation.outcomes.size(); ++i) {
    const ImageOutcome& outcome = evaluation.outcomes[i];
    const auto score = outcome.has_score ? std::optional(outcome.score) : std::nullopt;
    if (!evaluation.truths[outcome.truth].defect) {
      if (score) input.good.push_back(*score);
      if (!score) ++input.always_overkilled;
      continue;
    }
    Unit alone;
    Unit& unit = ids ? units[ids->of[i]] : alone;
    unit.defective = true;
    if (score) unit.lowest = std::min(unit.lowest, *score);
    // Judged, but nothing was found in it: it passes at any limit.
    const bool passes_always = !score && outcome.decision != Decision::not_judged;
    unit.missing = unit.missing || passes_always;
    if (!ids) add_unit(input, alone);
  }
  for (const Unit& unit : units) add_unit(input, unit);
  return input;
}

}  // namespace

void add_parts_and_risk(Evaluation& evaluation, const std::optional<PartIds>& ids,
                        std::size_t risk_points) {
  if (!evaluation.operating_point || evaluation.outcomes.empty()) return;
  if (ids) {
    std::vector<bool> defects;
    for (const TruthRow& row : evaluation.truths) defects.push_back(row.defect);
    evaluation.parts = count_parts(
        ids->of, ids->parts, defects, [&](std::size_t i) { return evaluation.outcomes[i].truth; },
        [&](std::size_t i) { return evaluation.outcomes[i].decision.value(); });
  }
  const bool scores = std::any_of(evaluation.outcomes.begin(), evaluation.outcomes.end(),
                                  [](const ImageOutcome& outcome) { return outcome.has_score; });
  if (scores)
    evaluation.risk = risk_curve(risk_input(evaluation, ids),
                                 evaluation.operating_point->figures.confidence, risk_points);
}

}  // namespace zeromiss
