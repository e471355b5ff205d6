#include <zeromiss/base/text.hpp>
#include <zeromiss/report/ci.hpp>
#include <zeromiss/report/metrics_report.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace zeromiss {
namespace {

constexpr std::size_t kMostErrors = 9, kMostNames = 10;

/// GitHub's own escapes: % first of all, then line ends; in properties also : and , .
std::string escaped(std::string_view text, bool property) {
  std::string out;
  for (const char c : to_utf8(text)) {
    const bool special =
        c == '%' || static_cast<unsigned char>(c) < 0x20 || (property && (c == ':' || c == ','));
    if (special)
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out;
}

std::string names_text(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(kMostNames, names.size()); ++i)
    text.append(i == 0 ? ": " : ", ").append(names[i]);
  if (names.size() > kMostNames) text += fmt::format(", and {} more", names.size() - kMostNames);
  return text;
}

}  // namespace

std::string github_command(std::string_view level, std::string_view title,
                           std::string_view message) {
  return fmt::format("::{} title={}::{}\n", level, escaped(title, true), escaped(message, false));
}

std::string github_annotations(const Evaluation& evaluation) {
  std::string text;
  std::size_t failed = 0;
  for (const Gate& gate : evaluation.gates) {
    if (gate.state == GateState::pass || ++failed > kMostErrors) continue;
    text += github_command("error", fmt::format("gate {}", gate_state_name(gate.state)),
                           fmt::format("{} ({}: {}){}", gate.expression, gate_figures_text(gate),
                                       gate.reason, names_text(gate.images)));
  }
  if (failed > kMostErrors)
    text += github_command(
        "error", "gates",
        fmt::format("{} more gates are not met; metrics.json has all", failed - kMostErrors));
  const auto& point = evaluation.operating_point;
  if (!point || point->figures.escapes == 0) return text;
  std::vector<std::string> names;
  for (const Miss& miss : evaluation.misses)
    if (miss.kind == MissKind::escape) names.push_back(miss.image);
  return text +
         github_command("warning", "escapes",
                        fmt::format("{} of {} defective images passed{}", point->figures.escapes,
                                    point->figures.defective, names_text(names)));
}

}  // namespace zeromiss
