#pragma once

#include "spread.hpp"

#include <zeromiss/model/engine.hpp>
#include <zeromiss/model/prepare.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace zeromiss {

/// How every choice among settings is measured, --batch auto as well as --sweep: all candidates in
/// turn, twice, so that a drift of the machine meets all alike.
/// @param windows  images/s of a few windows of one candidate
/// @return images/s of each
std::vector<Spread> measure_in_turn(std::size_t candidates,
                                    const std::function<std::vector<double>(std::size_t)>& windows);

/// The batch size of 1, 2, 4, 8 and 16 with the highest rate of the model alone, all workers
/// running at once; within 1 % of the best the smallest wins (less memory, less work lost to a
/// kill). The stages beside the model take the same time an image in any batch, so what is best for
/// the model is best for the whole. Sizes that the device's memory does not hold are left out.
/// @param load  loads the engine for a batch size
/// @param now   seconds
/// @throws Error(input) when the model fails on zeros, Error(device) when no size fits
int fastest_batch(const std::function<std::unique_ptr<Engine>(int)>& load, const Preparer& preparer,
                  int threads, const std::function<double()>& now);
/// By the real clock.
int fastest_batch(const std::function<std::unique_ptr<Engine>(int)>& load, const Preparer& preparer,
                  int threads);

}  // namespace zeromiss
