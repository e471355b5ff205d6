#pragma once
// Which package wins, and why the others lose: pure functions on what was measured.

#include <zeromiss/metrics/operating_point.hpp>
#include <zeromiss/tools/choose.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace zeromiss {

/// End-to-end speed of one package.
struct PackageSpeed {
  double images_per_s = 0;                                           ///< median of the windows
  double slowest_window = 0;                                         ///< images/s
  bool valid = false;                                                ///< as benchmark.json says
  std::vector<std::string> reasons;                                  ///< why it is not
  nlohmann::ordered_json invalid = nlohmann::ordered_json::array();  ///< the same, as codes
};

/// Why a package loses: a word that choose.json and i18n.json ("choose.why.<rule>") know, with the
/// values of its sentence.
struct LostBy {
  std::string rule;
  /// More images, or a quieter machine, could turn it round: not shown, rather than not met.
  bool evidence = false;
  nlohmann::ordered_json values = nlohmann::ordered_json::object();  ///< texts
};

/// What is known of one package; what could not be measured is empty.
struct Candidate {
  std::string package;  ///< as it was given
  std::string folder;   ///< of its measurements, inside the output
  std::string name, version, license, task, weights_sha256, manifest_sha256, device;
  std::string precision;                    ///< of its limits, at which it was measured
  std::optional<LostBy> unusable;           ///< it was not measured to the end
  std::optional<OperatingFigures> figures;  ///< at its own limits
  std::uint64_t errors = 0;                 ///< images in ERROR
  std::optional<PackageSpeed> speed;
  std::optional<double> peak_rss_mib, peak_vram_mib;
  // Filled in by decide_choice().
  std::vector<LostBy> lost_by;  ///< empty for the chosen one
  bool pareto = false;  ///< no other one without an escape is as good in both and better in one
};

/// What was decided.
struct Choice {
  enum class State { chosen, none, insufficient_evidence };
  State state = State::none;
  std::optional<std::size_t> index;  ///< of the chosen one
  /// Packages that were scored: the bound of the chosen one is made for the best of so many.
  std::size_t compared = 0;
};

/// A candidate qualifies when nothing failed and it meets every rule: zero escapes of at least one
/// defective image and none of them in ERROR, licence, speed, memory. A speed that is not VALID
/// counts as met only when its slowest window meets it: what disturbs a measurement makes it
/// slower. Of those that qualify the most accurate wins; of equal ones the faster, then the
/// smaller, then the first.
Choice decide_choice(std::vector<Candidate>& candidates, const ChooseOptions& rules);

/// One-sided Clopper-Pearson bound of the escape rate of the best of `compared` packages, each at
/// confidence 1 - (1 - confidence) / compared (Bonferroni), so that looking at several ones does
/// not make it too good.
std::optional<double> chosen_escape_rate_upper(const OperatingFigures& figures,
                                               std::size_t compared);

/// choose.json, schema zeromiss-choose/1.
nlohmann::ordered_json choose_json(const std::vector<Candidate>& candidates, const Choice& choice,
                                   const ChooseOptions& options,
                                   const nlohmann::ordered_json& test_set);

/// The page for the terminal, from choose.json alone.
void print_choice(const nlohmann::ordered_json& json, std::ostream& out);

}  // namespace zeromiss
