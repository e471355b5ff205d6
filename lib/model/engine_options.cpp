#include <zeromiss/model/engine_options.hpp>

namespace zeromiss {

EngineOptions engine_options(const ModelPackage& package, const Preparer& preparer,
                             const EngineUse& use) {
  EngineOptions options;
  options.device = use.device;
  options.name = package.weights.string();
  options.images = use.images;
  options.channels = preparer.channels();
  options.height = preparer.height();
  options.width = preparer.width();
  options.precision = use.precision;
  options.values = preparer.values();
  options.format = package.format;
  options.workers = use.workers;
  return options;
}

}  // namespace zeromiss
