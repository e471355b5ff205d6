#pragma once

#include <zeromiss/base/json.hpp>
#include <zeromiss/dataset/listing.hpp>
#include <zeromiss/image/decode.hpp>
#include <zeromiss/model/engine.hpp>
#include <zeromiss/model/package.hpp>
#include <zeromiss/tools/inspect.hpp>
#include <zeromiss/tools/shard.hpp>

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>

namespace zeromiss {

/// What run.json is made of.
struct RunFacts {
  const InspectOptions& options;
  const ModelPackage& package;
  const Limits& limits;
  const Engine& engine;
  const Listing& listing;
  const ListPart& part;
  const std::string& hash_list_sha256;  ///< empty: images are not held against a list
  int batch, threads;
  bool position_exact;
  const std::vector<Golden>* golden;  ///< measured, for limits at another precision; else null
};

/// run.json, schema zeromiss-run/1.
nlohmann::ordered_json run_json(const RunFacts& facts);

/// run.json of two runs without what may differ while every record stays the same: threads,
/// isolation, the processor's name.
nlohmann::ordered_json without_free_parts(nlohmann::ordered_json run);

/// How a run decoded its images, from its run.json. @throws Error(kind of the document)
DecodeOptions decode_options_of(const JsonNode& run);

/// The earlier run must have had the same model, settings, list, limits and libraries; threads,
/// isolation and the processor's name may differ. @throws Error(input) naming the first difference
void refuse_other_run(const std::filesystem::path& run_file, const nlohmann::ordered_json& earlier,
                      const nlohmann::ordered_json& now);

}  // namespace zeromiss
