#include <zeromiss/metrics/parts.hpp>

#include <optional>

namespace zeromiss {
namespace {

// From the worst on: what a part is counted as when its images differ.
bool is_escape(Decision decision) {
  return decision == Decision::passed || decision == Decision::missing;
}

std::uint8_t rank(Decision decision) {
  switch (decision) {
    case Decision::missing:
      return 3;
    case Decision::passed:
      return 2;
    case Decision::flagged:
      return 1;
    case Decision::not_judged:
      return 0;
  }
  return 3;
}

void add_image(std::optional<Decision>& worst, Decision decision) {
  if (!worst || rank(decision) > rank(*worst)) worst = decision;
}

}  // namespace

PartCounts count_parts(std::span<const std::uint32_t> part, std::size_t parts,
                       const std::vector<bool>& defects,
                       const std::function<std::size_t(std::size_t)>& truth_of,
                       const std::function<Decision(std::size_t)>& decision_of) {
  const std::size_t classes = defects.size();
  std::vector<std::optional<Decision>> overall(parts), single(parts * classes);
  std::vector<bool> stopped(parts);
  for (std::size_t i = 0; i < part.size(); ++i) {
    const std::size_t at = part[i];
    const std::size_t truth = truth_of(i);
    const Decision decision = decision_of(i);
    if (!is_escape(decision)) stopped[at] = true;
    if (!defects[truth]) continue;
    add_image(overall[at], decision);
    add_image(single[at * classes + truth], decision);
  }
  PartCounts counts;
  counts.parts = parts;
  counts.classes.resize(classes);
  const auto add = [&](PartCounts::Defective& to, std::size_t at,
                       const std::optional<Decision>& decision) {
    if (!decision) return;
    to.decisions.add(*decision);
    if (is_escape(*decision) && !stopped[at]) ++to.escaped_whole;
  };
  for (std::size_t at = 0; at < parts; ++at) {
    add(counts.defective, at, overall[at]);
    for (std::size_t k = 0; k < classes; ++k) add(counts.classes[k], at, single[at * classes + k]);
  }
  return counts;
}

}  // namespace zeromiss
