#pragma once

#include <zeromiss/model/engine.hpp>
#include <zeromiss/model/prepare.hpp>

#include <functional>
#include <memory>

namespace zeromiss {

/// The batch size of 1, 2, 4, 8 and 16 with the highest rate of the model alone, all workers
/// running at once; within 3 % of the best the smallest wins (less memory, less work lost to a
/// kill).
/// @param load  loads the engine for a batch size
int fastest_batch(const std::function<std::unique_ptr<Engine>(int)>& load, const Preparer& preparer,
                  int threads);

}  // namespace zeromiss
