#pragma once

#include <zeromiss/model/engine.hpp>
#include <zeromiss/model/prepare.hpp>

namespace zeromiss {

/// How a run uses a package's engine.
struct EngineUse {
  std::string device = "auto";
  int images = 1;  ///< of a batch
  Precision precision = Precision::fp32;
  int workers = 1;  ///< that call it at once
};

/// What a loader is told of the engine of a package, for inputs of `preparer`.
EngineOptions engine_options(const ModelPackage& package, const Preparer& preparer,
                             const EngineUse& use);

}  // namespace zeromiss
