#pragma once

#include <zeromiss/report/html.hpp>
#include <zeromiss/report/record.hpp>

#include <nlohmann/json_fwd.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace zeromiss {

/// A record worth showing, and where it stood in results.jsonl.
struct Shown {
  Record record;
  std::uint64_t position = 0;
  bool tile = false;    ///< has a place among the pictures, not only in the list
  std::string picture;  ///< JPEG bytes; empty when there is none
};

/// Keeps, of any number of records, the ones that a person should look at: REJECT and REVIEW by
/// highest score, PASS by highest score (the closest to the limit), ERROR in input order.
class Gallery {
 public:
  /// @param listed  most records kept for each verdict, and most returned by take()
  explicit Gallery(std::size_t listed) : listed_(listed) {}
  void add(const Record& record);
  /// REJECT, then REVIEW, ERROR, PASS, at most `listed` together. No group crowds out the others:
  /// each has a share, and what one leaves unused goes to the first that wants it. The same
  /// rule marks `tiles` of them as tiles. Empties the gallery.
  std::vector<Shown> take(std::size_t tiles);

 private:
  std::size_t listed_;
  std::uint64_t position_ = 0;
  std::array<std::vector<Shown>, 4> groups_;  ///< heaps, the least worth showing on top
};

/// Places for groups of `counts` members when `places` are there (see Gallery::take).
std::array<std::size_t, 4> share_places(const std::array<std::size_t, 4>& counts,
                                        std::size_t places);

/// Makes `count` pictures in parallel (empty: there is none) and keeps those that fit into
/// `most_bytes` in their order: the same ones whatever `threads`.
std::vector<std::string> make_pictures(std::size_t count,
                                       const std::function<std::string(std::size_t)>& make,
                                       int threads, std::uint64_t most_bytes);

/// Asks for the pictures of the tiles, in parallel, and keeps those that fit into
/// options.thumbnail_bytes in the order of `shown`: the same ones whatever options.threads.
void add_pictures(std::vector<Shown>& shown, const HtmlOptions& options);

/// Why a record is held for review whatever its score: `reasons` of the guard, `own` verdict and
/// `flips` of the proof of stability. Empty where nothing holds it.
nlohmann::ordered_json held_json(const Record& record);

/// One object an image, as the page's scripts expect it.
nlohmann::ordered_json gallery_json(const std::vector<Shown>& shown);

}  // namespace zeromiss
