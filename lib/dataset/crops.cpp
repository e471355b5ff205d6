#include "copy_index.hpp"
#include "copy_search.hpp"

#include <zeromiss/dataset/copies.hpp>

#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_map>
#include <utility>

namespace zeromiss {
namespace {

constexpr int kMostBits = 14;
constexpr std::size_t kCrowd = 100;    // entries of a bucket that say nothing any more
constexpr std::size_t kMostHits = 64;  // of one corner, the most alike
constexpr double kBin = 12;            // pixels of agreement on the place
constexpr int kFewestVotes = 3;
constexpr double kVoteShare = 0.1;  // of the corners of that size
constexpr std::size_t kMostCandidates = 12;
// As in near_copies.cpp; a crop's own grid of pixels differs a little from the window's.
constexpr double kLeastCorrelation = 0.9, kLeastDetail = 0.5, kMostWorst = 0.9;
constexpr double kLargestShare = 0.97;

/// "Shrunk to `level`, the crop's corner lies at about (x, y) of `whole`."
struct Guess {
  std::size_t whole = 0;
  int level = 0;
  double x = 0, y = 0;
  int votes = 0;
};

class CropSearch {
 public:
  /// @param known  a near copy of another picture is no whole of its own
  CropSearch(const std::vector<AuditImage>& images, const std::vector<CopyPair>& known,
             std::vector<std::size_t> chosen)
      : images_(images), chosen_(std::move(chosen)) {
    std::set<std::size_t> copies;
    for (const auto& pair : known)
      if (pair.kind == CopyKind::near_copy) copies.insert(pair.second);
    for (std::size_t c = 0; c < chosen_.size(); ++c)
      if (!copies.contains(chosen_[c]))
        for (const auto& point : images_[chosen_[c]].print.keypoints) {
          if (point.level != 0) break;
          owners_.push_back({static_cast<std::uint32_t>(c), point.x, point.y});
          hashes_.push_back(point.hash);
        }
  }

  [[nodiscard]] std::vector<Guess> guesses(const HashIndex& index, std::size_t at) const {
    std::unordered_map<std::uint64_t, Guess> votes;
    std::array<int, kKeypointLevels> corners{};
    std::vector<std::pair<int, std::uint32_t>> hits;
    std::set<std::uint64_t> voted;  // a corner votes once for a place
    for (const auto& point : images_[chosen_[at]].print.keypoints) {
      ++corners.at(static_cast<std::size_t>(point.level));
      hits.clear(), voted.clear();
      index.find(point.hash, kMostBits, 1, kCrowd, [&](std::uint32_t entry, int wrong) {
        if (owners_[entry].image != at) hits.emplace_back(wrong, entry);
      });
      std::sort(hits.begin(), hits.end());
      hits.erase(std::unique(hits.begin(), hits.end()), hits.end());
      if (hits.size() > kMostHits) hits.resize(kMostHits);
      for (const auto& [wrong, entry] : hits) vote(point, owners_[entry], voted, votes);
    }
    std::vector<Guess> found;
    for (const auto& [key, guess] : votes) {
      const double needed = kVoteShare * corners.at(static_cast<std::size_t>(guess.level));
      if (guess.votes < kFewestVotes || guess.votes < needed) continue;
      found.push_back(guess);
      found.back().x /= guess.votes, found.back().y /= guess.votes;
    }
    return best_of(std::move(found));
  }

  [[nodiscard]] const std::vector<std::uint64_t>& hashes() const { return hashes_; }
  [[nodiscard]] const std::vector<std::size_t>& chosen() const { return chosen_; }

 private:
  struct Owner {
    std::uint32_t image;
    std::int16_t x, y;
  };

  /// For the four bins around the place, so that no edge between bins splits the votes.
  void vote(const Keypoint& point, const Owner& owner, std::set<std::uint64_t>& voted,
            std::unordered_map<std::uint64_t, Guess>& votes) const {
    const int x = owner.x - point.x, y = owner.y - point.y;
    const auto left = static_cast<int>(std::floor(x / kBin - 0.5));
    const auto top = static_cast<int>(std::floor(y / kBin - 0.5));
    for (int i = 0; i < 4; ++i) {
      const auto column = static_cast<std::uint64_t>(left + i % 2 + 64) & 0xFFU;
      const auto row = static_cast<std::uint64_t>(top + i / 2 + 64) & 0xFFU;
      const std::uint64_t key = std::uint64_t{owner.image} << 24U |
                                static_cast<std::uint64_t>(point.level) << 16U | column << 8U | row;
      if (!voted.insert(key).second) continue;
      Guess& guess = votes[key];
      guess.whole = chosen_[owner.image];
      guess.level = point.level;
      guess.x += x, guess.y += y, ++guess.votes;
    }
  }

  static std::vector<Guess> best_of(std::vector<Guess> found) {
    std::sort(found.begin(), found.end(), [](const Guess& a, const Guess& b) {
      return std::tuple(-a.votes, a.whole, a.level, a.x, a.y) <
             std::tuple(-b.votes, b.whole, b.level, b.x, b.y);
    });
    std::vector<Guess> few;
    for (const auto& guess : found) {
      const auto of_whole = std::count_if(
          few.begin(), few.end(), [&](const Guess& other) { return other.whole == guess.whole; });
      if (of_whole < 2) few.push_back(guess);
      if (few.size() == kMostCandidates) break;
    }
    return few;
  }

  const std::vector<AuditImage>& images_;
  std::vector<std::size_t> chosen_;
  std::vector<Owner> owners_;
  std::vector<std::uint64_t> hashes_;
};

bool is_crop(const CropPlace& place) {
  const auto& found = place.likeness;
  return found.correlation >= kLeastCorrelation && found.detail >= kLeastDetail &&
         found.worst <= kMostWorst && place.share <= kLargestShare;
}

}  // namespace

std::vector<CopyPair> find_crops(const std::vector<AuditImage>& images,
                                 const std::vector<CopyPair>& known, const PictureLoader& load,
                                 int threads, const StepProgress& progress) {
  std::set<std::pair<std::size_t, std::size_t>> seen;
  for (const auto& pair : known) seen.emplace(pair.first, pair.second);
  const CropSearch search(images, known, comparable(images, known, [](const AuditImage& image) {
                            return !image.print.keypoints.empty();
                          }));
  const HashIndex index(search.hashes());
  return search_all(search.chosen().size(), threads, progress, [&](std::size_t at) {
    std::vector<CopyPair> found;
    const std::size_t crop = search.chosen()[at];
    for (const auto& guess : search.guesses(index, at)) {
      const bool taken = seen.contains(std::minmax(guess.whole, crop)) ||
                         std::any_of(found.begin(), found.end(), [&](const CopyPair& pair) {
                           return pair.first == guess.whole;
                         });
      if (taken) continue;
      const CropPlace place =
          place_crop(load(crop), load(guess.whole), guess.level, guess.x, guess.y);
      if (is_crop(place)) found.push_back({guess.whole, crop, CopyKind::crop, 0, place});
    }
    return found;
  });
}

}  // namespace zeromiss
