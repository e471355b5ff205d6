#include "copy_index.hpp"
#include "copy_search.hpp"

#include <zeromiss/dataset/copies.hpp>

#include <opencv2/core.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace zeromiss {
namespace {

constexpr int kCoefficients = 8;  // a side of the DCT's corner
constexpr std::size_t kThumbPixels = std::size_t{kThumbSide} * kThumbSide;
constexpr std::size_t kFewestForMean = 30;  // below, the mean is made of the copies themselves
constexpr double kLeastRest = 0.01;         // of a thumb's energy beside the mean, to say anything
constexpr int kMostBits = 12;
constexpr double kLeastRaw = 0.85, kLeastBesideMean = 0.8;
constexpr std::size_t kMostCandidates = 32;  // of one image

// Verification, on working pictures. Chosen on planted copies and on unequal neighbours of
// four sets (tests/bench/bench_audit.cpp prints both sides).
constexpr double kLeastCorrelation = 0.95, kLeastDetail = 0.6, kMostWorst = 0.75;
constexpr double kPeak = 1.0, kCrest = 7;

double dot(const std::vector<float>& a, const std::vector<float>& b) {
  float sum = 0;
  for (std::size_t i = 0; i < kThumbPixels; ++i) sum += a[i] * b[i];
  return static_cast<double>(sum);
}

/// The mean of all thumbs in all turns, of norm 1; empty for small sets.
std::vector<float> common_picture(const std::vector<AuditImage>& images,
                                  const std::vector<std::size_t>& chosen) {
  if (chosen.size() < kFewestForMean) return {};
  std::vector<float> sum(kThumbPixels, 0.0F), all(kThumbPixels, 0.0F);
  for (const auto i : chosen)
    for (std::size_t k = 0; k < kThumbPixels; ++k) sum[k] += images[i].print.thumb[k];
  for (int turn = 0; turn < kTurns; ++turn) {
    const auto turned = turned_thumb(sum, turn);
    for (std::size_t k = 0; k < kThumbPixels; ++k) all[k] += turned[k];
  }
  const double norm = std::sqrt(dot(all, all));
  if (norm < 1e-6) return {};
  for (auto& value : all) value /= static_cast<float>(norm);
  return all;
}

/// A thumb without what is common, and its hash in every turn.
struct Rest {
  double common = 0;  ///< length along the common picture
  std::array<std::uint64_t, kTurns> hashes{};
};

Rest rest_of(const std::vector<float>& thumb, const std::vector<float>& mean) {
  Rest rest;
  if (!mean.empty()) rest.common = dot(thumb, mean);
  if (1 - rest.common * rest.common < kLeastRest) rest.common = 0;
  cv::Mat values(kThumbSide, kThumbSide, CV_32F);
  for (std::size_t k = 0; k < kThumbPixels; ++k)
    values.ptr<float>()[k] =
        thumb[k] - (rest.common != 0 ? static_cast<float>(rest.common) * mean[k] : 0.0F);
  cv::dct(values, values);
  for (int turn = 0; turn < kTurns; ++turn)
    for (int i = 1; i < kCoefficients * kCoefficients; ++i) {
      const int row = i / kCoefficients, column = i % kCoefficients;
      float value = (turn & 4) != 0 ? values.at<float>(column, row) : values.at<float>(row, column);
      if ((turn & 1) != 0 && column % 2 != 0) value = -value;  // DCT of a mirrored picture
      if ((turn & 2) != 0 && row % 2 != 0) value = -value;
      if (value > 0) rest.hashes.at(static_cast<std::size_t>(turn)) |= std::uint64_t{1} << i;
    }
  return rest;
}

struct Candidate {
  std::size_t other;
  int turn;
  double alike;
};

class NearSearch {
 public:
  NearSearch(const std::vector<AuditImage>& images, std::vector<std::size_t> chosen)
      : images_(images), chosen_(std::move(chosen)), mean_(common_picture(images_, chosen_)) {
    for (const auto i : chosen_) {
      rests_.push_back(rest_of(images_[i].print.thumb, mean_));
      hashes_.push_back(rests_.back().hashes[0]);
    }
  }

  /// Candidates of lower number that look like the `at`-th in some turn.
  [[nodiscard]] std::vector<Candidate> candidates(const HashIndex& index, std::size_t at) const {
    std::vector<std::pair<std::size_t, int>> hits;
    for (int turn = 0; turn < kTurns; ++turn)
      index.find(rests_[at].hashes.at(static_cast<std::size_t>(turn)), kMostBits, 1, SIZE_MAX,
                 [&](std::uint32_t other, int) {
                   if (other < at) hits.emplace_back(other, turn);
                 });
    std::sort(hits.begin(), hits.end());
    hits.erase(std::unique(hits.begin(), hits.end()), hits.end());
    std::array<std::vector<float>, kTurns> turned;
    std::vector<Candidate> found;
    for (const auto& [other, turn] : hits) {
      auto& thumb = turned.at(static_cast<std::size_t>(turn));
      if (thumb.empty()) thumb = turned_thumb(images_[chosen_[at]].print.thumb, turn);
      const double raw = dot(images_[chosen_[other]].print.thumb, thumb);
      if (raw < kLeastRaw) continue;
      const double alike = beside_mean(raw, rests_[other].common, rests_[at].common);
      if (alike >= kLeastBesideMean) found.push_back({chosen_[other], turn, alike});
    }
    return best_of(std::move(found));
  }

  [[nodiscard]] const std::vector<std::uint64_t>& hashes() const { return hashes_; }
  [[nodiscard]] const std::vector<std::size_t>& chosen() const { return chosen_; }

 private:
  /// Partial correlation: what two thumbs share beside the mean.
  static double beside_mean(double raw, double a, double b) {
    if (a == 0 || b == 0) return raw;
    return (raw - a * b) / std::sqrt((1 - a * a) * (1 - b * b));
  }

  /// The best turn of each partner, the best partners of all.
  static std::vector<Candidate> best_of(std::vector<Candidate> found) {
    std::stable_sort(found.begin(), found.end(),
                     [](const auto& a, const auto& b) { return a.alike > b.alike; });
    if (found.size() > kMostCandidates) found.resize(kMostCandidates);
    return found;
  }

  const std::vector<AuditImage>& images_;
  std::vector<std::size_t> chosen_;
  std::vector<float> mean_;
  std::vector<Rest> rests_;
  std::vector<std::uint64_t> hashes_;
};

bool is_copy(const Likeness& found) {
  return found.correlation >= kLeastCorrelation && found.detail >= kLeastDetail &&
         found.worst <= kMostWorst;
}

/// Saving again changes every pixel a little; another part differs in spots, and much.
bool differs_in_spots(const Likeness& found) { return found.peak > kPeak && found.crest > kCrest; }

}  // namespace

std::vector<CopyPair> find_near_copies(const std::vector<AuditImage>& images,
                                       const std::vector<CopyPair>& same, const PictureLoader& load,
                                       int threads, const StepProgress& progress) {
  const NearSearch search(images, comparable(images, same, [](const AuditImage& image) {
                            return !image.print.thumb.empty();
                          }));
  const HashIndex index(search.hashes());
  return search_all(search.chosen().size(), threads, progress, [&](std::size_t at) {
    std::vector<CopyPair> found;
    const std::size_t second = search.chosen()[at];
    for (const auto& candidate : search.candidates(index, at)) {
      const std::size_t first = candidate.other;
      if (std::any_of(found.begin(), found.end(),
                      [&](const CopyPair& pair) { return pair.first == first; }))
        continue;
      const Likeness alike = whole_likeness(load(first), load(second), candidate.turn);
      if (!is_copy(alike)) continue;
      const CopyKind kind = differs_in_spots(alike) ? CopyKind::alike : CopyKind::near_copy;
      CopyPair pair{first, second, kind, candidate.turn, {}};
      pair.place.likeness = alike;
      found.push_back(pair);
    }
    return found;
  });
}

}  // namespace zeromiss
