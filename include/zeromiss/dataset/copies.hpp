#pragma once

#include <zeromiss/image/fingerprint.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace zeromiss {

/// One image of an audited set.
struct AuditImage {
  std::string name;       ///< relative to its split, '/' between parts
  std::size_t split = 0;  ///< index of its split, in the order given
  std::string label;      ///< class; empty: the set says none
  std::uint64_t bytes = 0;
  std::string sha256;  ///< of the file; empty when it cannot be read
  Fingerprint print;   ///< only without error
  std::string error_code, error;
};

enum class CopyKind {
  same_file,    ///< the same bytes
  same_pixels,  ///< the same pixels in another file or format
  near_copy,    ///< the same picture: saved again, resized, brighter, mirrored, turned
  crop,         ///< `second` is a part of `first`
  alike,        ///< a near copy but for some spots: the same part again, or only the same design
};
std::string_view copy_kind_name(CopyKind kind);

/// Two images that show the same thing. first < second unless it is a crop.
struct CopyPair {
  std::size_t first = 0, second = 0;
  CopyKind kind = CopyKind::same_file;
  int turn = 0;     ///< how `second` is laid down (fingerprint.hpp)
  CropPlace place;  ///< likeness of every near copy and crop; place only of crops
};

/// Gives the working picture of an image (fingerprint.hpp); called from several threads.
using PictureLoader = std::function<cv::Mat(std::size_t)>;
/// Told what is done of how many; called from one thread.
using StepProgress = std::function<void(std::uint64_t done, std::uint64_t all)>;

/// Images of the same bytes or pixels: each but the first of its group, with the first.
/// Images of one single colour are not compared.
std::vector<CopyPair> find_same(const std::vector<AuditImage>& images);

/// Near copies among images of different pixels (one of each group of find_same).
///
/// Candidates: 63-bit hashes (signs of DCT coefficients of the 32 x 32 thumb, in all eight turns),
/// looked up in four bands with one wrong bit each (multi-index hashing, Norouzi et al. 2012). What
/// all pictures of the set have in common, its mean, is taken out first, so that a wafer's disc
/// or a part's outline makes no two pictures alike. Each candidate is then compared pixel by pixel.
std::vector<CopyPair> find_near_copies(const std::vector<AuditImage>& images,
                                       const std::vector<CopyPair>& same, const PictureLoader& load,
                                       int threads, const StepProgress& progress);

/// Images that are a part of another, from 1/16 of its area on, not turned. Candidates: corners of
/// equal surroundings that agree on scale and place; then normalised cross correlation.
std::vector<CopyPair> find_crops(const std::vector<AuditImage>& images,
                                 const std::vector<CopyPair>& known, const PictureLoader& load,
                                 int threads, const StepProgress& progress);

/// An image that lies in two splits.
struct Leak {
  std::size_t image = 0;    ///< of the later split
  std::size_t partner = 0;  ///< of an earlier one
  std::size_t pair = 0;     ///< index into the pairs that showed it
};
/// Every image with a copy in an earlier split, once, with its strongest partner. `alike` is no
/// copy.
std::vector<Leak> find_leaks(const std::vector<AuditImage>& images,
                             const std::vector<CopyPair>& pairs);

}  // namespace zeromiss
