#pragma once

#include <zeromiss/report/coco_results.hpp>
#include <zeromiss/tools/result_pictures.hpp>

#include <filesystem>

namespace zeromiss {

struct DerivedOptions {
  bool csv_bom = false;
  bool no_masks = false;
  const CocoIds* coco_ids = nullptr;
  SaveOverlay overlays = SaveOverlay::none;
  const Listing* listing = nullptr;  ///< where the images are; none: no overlays
  DecodeOptions decode = {};
  int threads = 1;
};

/// Everything but report.html that is made from run.json and results.jsonl: results.csv,
/// predictions.coco.json for a run that finds objects, masks/ and overlays/. What an earlier run
/// left of them is replaced.
/// @return false when a picture could not be made, after a line on stderr
/// @throws Error(output)
bool write_derived_files(const std::filesystem::path& folder, const DerivedOptions& options);

}  // namespace zeromiss
