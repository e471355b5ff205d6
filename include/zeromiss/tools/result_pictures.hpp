#pragma once

#include <zeromiss/dataset/listing.hpp>
#include <zeromiss/image/decode.hpp>

#include <cstdint>
#include <filesystem>
#include <string>

namespace zeromiss {

/// Of which images a picture with the defects drawn into it is kept.
enum class SaveOverlay { none, rejected, all };

struct ResultPictureOptions {
  SaveOverlay overlays = SaveOverlay::none;
  bool masks = false;
  const Listing* listing = nullptr;  ///< where the images are, for overlays
  DecodeOptions decode = {};
  int threads = 1;
};

/// Pictures that could not be made: an image is gone, changed or unreadable by now, too large for
/// the format of its picture, or for the memory.
struct PictureProblems {
  std::uint64_t count = 0;
  std::string first;  ///< which, and why
};

/// Writes DIR/overlays/ (JPEG) and DIR/masks/ (PNG of class numbers) from DIR/run.json,
/// DIR/results.jsonl and, for overlays, the images, each checked by its SHA-256. Names are those of
/// the records, with their folders; nothing is written outside DIR.
/// @throws Error(output) when a picture cannot be written
PictureProblems write_result_pictures(const std::filesystem::path& folder,
                                      const ResultPictureOptions& options);

/// Removes the pictures that write_result_pictures() made for DIR/results.jsonl, and no other file.
void remove_result_pictures(const std::filesystem::path& folder);

}  // namespace zeromiss
