#pragma once

#include <zeromiss/dataset/copies.hpp>
#include <zeromiss/dataset/quality.hpp>
#include <zeromiss/dataset/splits.hpp>
#include <zeromiss/metrics/independence.hpp>
#include <zeromiss/metrics/operating_point.hpp>
#include <zeromiss/tools/audit.hpp>

#include <nlohmann/json_fwd.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace zeromiss {

/// An image of a later split whose name speaks of augmentation.
struct AugmentedName {
  std::size_t image = 0;
  std::string word;
  std::optional<std::size_t> pair;  ///< that shows it is a copy, index into the pairs
};

/// A label that the scores, the neighbours or both speak against.
struct LabelDoubt {
  std::size_t image = 0;
  bool defect = false;  ///< by its label
  double score = 0;
  std::string predicted;     ///< class, where the predictions name one
  double contradiction = 0;  ///< share of the other kind that looks less like its label than this
  double neighbours = 0;     ///< share of the nearest pictures that have another label
  std::size_t nearest = 0;   ///< the nearest of these, or the nearest of all
  double doubt = 0;          ///< mean of both
};

/// The predictions of the last split, with and without its leaked images.
struct LeakScores {
  std::string split, origin;
  Figure threshold;
  OperatingFigures all, without, leaked;
  std::vector<LabelDoubt> doubts;  ///< most doubtful first
};

struct AuditFindings {
  AuditSet set;
  std::vector<std::string> classes;                ///< sorted
  std::vector<std::vector<std::uint64_t>> counts;  ///< splits x classes
  Independence evenness;                           ///< of these counts
  std::vector<CopyPair> pairs;
  std::array<std::uint64_t, 5> inside{}, across{};  ///< pairs by kind
  std::vector<Leak> leaks;
  std::vector<LabelConflict> conflicts;
  std::optional<Sources> sources;
  std::vector<AugmentedName> augmented;
  std::vector<OddImage> odd;
  std::vector<std::size_t> damaged;
  std::vector<std::size_t> removable;  ///< images that a later split should lose, sorted
  std::optional<LeakScores> scores;
  bool crops_sought = true;
};

/// "test/none/1.png"
std::string image_place(const AuditSet& set, std::size_t image);

void print_audit(const AuditFindings& findings, std::ostream& out);
nlohmann::ordered_json audit_document(const AuditFindings& findings);
std::string duplicates_csv(const AuditFindings& findings);
std::string leaks_csv(const AuditFindings& findings);
std::string leaked_text(const AuditFindings& findings);
std::string odd_images_csv(const AuditFindings& findings);
std::string label_doubts_csv(const AuditFindings& findings);

/// @throws Error as `evaluate` does for predictions and labels that do not fit
LeakScores leak_scores(const AuditFindings& findings, const AuditOptions& options);

}  // namespace zeromiss
