#include "derived_files.hpp"

#include <zeromiss/base/json.hpp>
#include <zeromiss/report/csv.hpp>
#include <zeromiss/report/results_file.hpp>

#include <fmt/format.h>

#include <cstdio>

namespace zeromiss {

bool write_derived_files(const std::filesystem::path& folder, const DerivedOptions& options) {
  write_results_csv(folder, options.csv_bom);
  const auto run = JsonDocument::read(folder / kRunFile, ErrorKind::input);
  const JsonNode model = run.root().at("model");
  const auto masks = model.find("masks");
  const bool has_masks = masks && masks->boolean();
  const std::string task = model.at("task").string();
  if (has_masks || task == "detection" || task == "segmentation")
    write_coco_results(folder, options.coco_ids);

  remove_result_pictures(folder);
  ResultPictureOptions pictures;
  pictures.overlays = options.overlays;
  pictures.masks = has_masks && !options.no_masks;
  pictures.listing = options.listing;
  pictures.decode = options.decode;
  pictures.threads = options.threads;
  const PictureProblems problems = write_result_pictures(folder, pictures);
  if (problems.count == 0) return true;
  fmt::print(stderr, "inspect: {} overlays or masks could not be made, the first of {}\n",
             problems.count, problems.first);
  return false;
}

}  // namespace zeromiss
