#pragma once

#include <string_view>

/// The files of data/report and Chart.js, embedded by scripts/cmake/embed.cmake.
namespace zeromiss::assets {

extern const std::string_view kPageHtml;
extern const std::string_view kBenchmarkHtml;
extern const std::string_view kBenchmarkJs;
extern const std::string_view kChooseHtml;
extern const std::string_view kChooseJs;
extern const std::string_view kSpecHtml;
extern const std::string_view kSpecJs;
extern const std::string_view kAuditHtml;
extern const std::string_view kAuditJs;
extern const std::string_view kEvaluateHtml;
extern const std::string_view kEvaluateJs;
extern const std::string_view kInspectHtml;
extern const std::string_view kReportCss;
extern const std::string_view kReportJs;
extern const std::string_view kGalleryJs;
extern const std::string_view kInspectJs;
extern const std::string_view kStepsHtml;
extern const std::string_view kStepsJs;
extern const std::string_view kTextsJson;
extern const std::string_view kChartJs;

}  // namespace zeromiss::assets
