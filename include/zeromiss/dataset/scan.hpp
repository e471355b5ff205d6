#pragma once

#include <zeromiss/dataset/copies.hpp>
#include <zeromiss/image/decode.hpp>

#include <filesystem>
#include <memory>
#include <vector>

namespace zeromiss {

struct ScanOptions {
  int threads = 1;
  bool keypoints = true;  ///< for find_crops
};

/// The content rules of an audit: 16 bits scaled, alpha and orientation ignored, the first frame:
/// what a model would refuse can still be a copy.
DecodeOptions lenient_rules();

/// Reads every file and fills in hash, size and fingerprint, or the error. Stops early when a
/// signal asked for it.
/// @param files  one an image
void scan_images(std::vector<AuditImage>& images, const std::vector<std::filesystem::path>& files,
                 const ScanOptions& options, const StepProgress& progress);

/// Working pictures, read again when they are asked for; the last ones used stay in memory (at
/// most 128 MB). Thread-safe.
class WorkingPictures {
 public:
  /// @param files  stays where it is while this lives
  explicit WorkingPictures(const std::vector<std::filesystem::path>& files);
  ~WorkingPictures();
  WorkingPictures(const WorkingPictures&) = delete;
  WorkingPictures& operator=(const WorkingPictures&) = delete;

  /// @throws Error(input) when the file changed and cannot be read any more
  [[nodiscard]] cv::Mat load(std::size_t image);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace zeromiss
