#pragma once

#include "stability.hpp"

#include <zeromiss/dataset/hash_list.hpp>
#include <zeromiss/dataset/listing.hpp>
#include <zeromiss/model/engine.hpp>
#include <zeromiss/model/package.hpp>
#include <zeromiss/model/prediction.hpp>
#include <zeromiss/model/prepare.hpp>
#include <zeromiss/model/tile_runner.hpp>
#include <zeromiss/report/results_file.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace zeromiss {

/// Where the time goes; the order is that of the pipeline.
enum class Stage { read, decode, preprocess, infer, interpret, write };
inline constexpr std::array<std::string_view, 6> kStageNames{"read",  "decode",    "preprocess",
                                                             "infer", "interpret", "write"};
/// Seconds by stage, added up over all workers.
using StageSeconds = std::array<double, kStageNames.size()>;

/// Everything that one slice of the list gave.
struct SliceResult {
  std::string lines;                   ///< its records, in list order
  std::vector<std::int64_t> modified;  ///< modification time of each record's file
  Tally tally;
  StageSeconds seconds{};
};

/// What a run asks of an image beside its limits.
struct SliceChecks {
  const HashList* hashes = nullptr;       ///< of every file
  std::string hold = {};                  ///< why no image may pass; empty: the limits decide
  const StabilityProof* proof = nullptr;  ///< of every verdict near a limit
};

/// Turns one fixed slice of the sorted list into records: read, hash, decode, preprocess, infer,
/// judge. What goes wrong with an image becomes its own ERROR record and nobody else's.
/// Thread-safe.
class SliceRunner {
 public:
  SliceRunner(const Listing& listing, const ModelPackage& package, const Limits& limits,
              const Preparer& preparer, Engine& engine, int batch, SliceChecks checks = {});

  /// @param index  slice number, from 0
  [[nodiscard]] SliceResult run(std::uint64_t index) const;

 private:
  struct Item;
  void check_hash(const Item& item) const;
  Image decode(Item& item, StageSeconds& seconds) const;
  Image decode_again(const Item& item) const;
  void prepare(Item& item, InputBatch& batch, int slot, StageSeconds& seconds) const;
  void infer(std::vector<Item>& items, InputBatch& batch, StageSeconds& seconds) const;
  void run_whole(std::vector<Item>& items, StageSeconds& seconds) const;
  void run_tiled(Item& item, StageSeconds& seconds) const;
  Verdict judge_item(Item& item, const Prediction& prediction) const;
  template <class Wide, class Picture>
  void prove(Item& item, const Verdict& own, const Prediction& prediction, const Wide& wide,
             const Picture& picture, StageSeconds& seconds) const;

  const Listing& listing_;
  const ModelPackage& package_;
  Limits limits_;
  const Preparer& preparer_;
  Engine& engine_;
  int slice_;
  SliceChecks checks_;
  TileRunner tiles_;
};

}  // namespace zeromiss
