#pragma once

#include <zeromiss/model/engine.hpp>
#include <zeromiss/model/package.hpp>
#include <zeromiss/model/prepare.hpp>

#include <vector>

namespace zeromiss {

struct SelfTestResult {
  /// Every golden image gave the same bits in each slot of the batch and beside other neighbours.
  bool position_exact = true;
};

/// Runs the package's golden images before the first image of a run: all slots filled with the
/// golden image, and every second slot beside zeros. The score must be within the golden tolerance
/// in every slot, and the label equal. A golden image that is cut into tiles is run as any picture
/// is, and its tile with the highest score in all slots, and every second one, with the same score.
/// @param batch    slots of the run's batches
/// @param threads  the passes run side by side on so many
/// @throws Error(input) naming the golden image, the score expected and found
SelfTestResult run_self_test(Engine& engine, const ModelPackage& package, const Preparer& preparer,
                             int batch, int threads);

/// What the golden images give on this engine, for limits that are yet to be set at its precision:
/// the package's golden list with other scores and defects, the tolerances kept. A change of
/// precision moves a score a little; by more than 0.05, or to another label, it is another model.
/// @throws Error(input) naming the golden image
std::vector<Golden> golden_results(Engine& engine, const ModelPackage& package,
                                   const Preparer& preparer, int batch);

}  // namespace zeromiss
