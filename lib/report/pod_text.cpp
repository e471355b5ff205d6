// The smallest defect that is still found, in words for the terminal.
#include <zeromiss/base/text.hpp>
#include <zeromiss/report/pod_report.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace zeromiss {
namespace {

std::string unit_of(const PodReport& report) { return report.pixel_size_um ? "µm²" : "px"; }

std::string size_text(const PodReport& report, double size) {
  return size >= 1e4 ? fmt::format("{:.0f} {}", size, unit_of(report))
                     : fmt::format("{:.4g} {}", size, unit_of(report));
}

std::string percent(const Figure& figure) {
  return figure.defined() ? fmt::format("{:.1f} %", std::floor(1000.0 * *figure.value) / 10.0)
                          : "-";
}

std::string statement(const PodReport& report, const char* what, const Figure& figure) {
  if (figure.defined()) return fmt::format("  {:38}  {}\n", what, size_text(report, *figure.value));
  return fmt::format("  {:38}  cannot be stated: {}\n", what,
                     pod_reason_text(report, figure.reason));
}

std::string hit_text(const PodReport& report) {
  if (report.target == "image") return "found = the image is flagged";
  if (report.target == "object") return "found = COCO's rule at IoU 0.5 and the operating score";
  return "found = by --region-overlap, as its class";
}

std::string warning_text(const PodReport& report, const std::string& warning) {
  if (warning == "few_targets")
    return fmt::format("only {} defects: MIL-HDBK-1823A asks for 60, spread over the sizes",
                       report.study.targets);
  if (warning == "separable")
    return fmt::format(
        "hits and misses do not overlap: a90 lies between {} and {}; add defects of such sizes",
        size_text(report, report.study.largest_missed.or_zero()),
        size_text(report, report.study.smallest_found.or_zero()));
  if (warning == "few_in_the_overlap")
    return fmt::format("only {} defects where hits and misses overlap: they decide the curve",
                       report.study.overlap_targets);
  if (warning == "misses_above_it")
    return "larger defects than a90/95 were missed: look at each of them";
  return "the curve fits badly (Hosmer-Lemeshow): trust the table by size more";
}

std::string table(const PodReport& report) {
  std::vector<std::array<std::string, 5>> rows{
      {"size, " + unit_of(report), report.target + "s", "found", "recall",
       fmt::format("at least ({:g} %)", 100.0 * report.study.confidence)}};
  for (const PodBin& bin : report.study.bins)
    rows.push_back({fmt::format("{:.10g} to {:.10g}", bin.from, bin.to),
                    std::to_string(bin.targets), std::to_string(bin.found), percent(bin.recall),
                    percent(bin.recall_lower)});
  std::string text;
  // The superscript of µm² is two bytes but one column.
  const auto width = [](const std::string& cell) {
    return static_cast<std::size_t>(std::count_if(cell.begin(), cell.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
  };
  std::array<std::size_t, 5> widths{};
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i)
      widths.at(i) = std::max(widths.at(i), width(row.at(i)));
  for (const auto& row : rows) {
    text.append("  ").append(row[0]).append(widths[0] - width(row[0]), ' ');
    for (std::size_t i = 1; i < row.size(); ++i)
      text.append(2 + widths.at(i) - width(row.at(i)), ' ').append(row.at(i));
    text += "\n";
  }
  return text;
}

}  // namespace

std::string pod_reason_text(const PodReport& report, const std::string& reason) {
  const PodStudy& study = report.study;
  if (reason == "no_targets") return "no defect has a size";
  if (reason == "all_found")
    return fmt::format("all {} were found, so no limit shows; smaller defects are needed",
                       study.targets);
  if (reason == "none_found") return "none was found";
  if (reason == "one_size") return "all have the same size";
  if (reason == "larger_ones_are_missed")
    return "larger ones are missed more often than small ones";
  if (reason == "size_does_not_matter")
    return "it is not shown that larger ones are found more often";
  if (reason == "not_converged") return "no curve fits";
  if (reason == "too_few_targets")
    return fmt::format("{} defects are too few (fewer than 29 cannot show it)", study.targets);
  if (reason == "beyond_largest_size")
    return fmt::format("it is above the largest size tested ({})",
                       size_text(report, study.largest.or_zero()));
  if (reason == "below_smallest_size")
    return fmt::format("it is below the smallest size tested ({})",
                       size_text(report, study.smallest.or_zero()));
  if (reason == "misses_above_it") return "of those above it less than 90 % are found";
  return reason;
}

std::string pod_text(const PodReport& report) {
  const PodStudy& study = report.study;
  std::string text = fmt::format("Smallest defect that is still found: {} of {} {}s found ({})\n",
                                 study.found, study.targets, report.target, hit_text(report));
  if (report.without_size > 0)
    text += fmt::format("  {} more without a size take no part\n", report.without_size);
  text += statement(report, "90 % are found from (a90)", study.a90);
  text += statement(report, "the same with 95 % confidence (a90/95)", study.a90_95);
  if (study.largest_missed.defined())
    text +=
        fmt::format("  largest one missed: {}\n", size_text(report, *study.largest_missed.value));
  if (study.always_found_from.defined())
    text += fmt::format(
        "  all {} from {} on were found, which shows at least {} of such sizes with {:g} % "
        "confidence\n",
        study.always_found, size_text(report, *study.always_found_from.value),
        percent(study.always_found_lower), 100.0 * study.confidence);
  if (report.missed_in_passed_images)
    text += fmt::format("  of {} missed, {} are in images that pass\n", study.targets - study.found,
                        *report.missed_in_passed_images);
  for (const auto& warning : study.warnings)
    text += "  note: " + warning_text(report, warning) + "\n";
  return text + table(report);
}

}  // namespace zeromiss
