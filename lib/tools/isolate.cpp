#include "isolate.hpp"

#include <zeromiss/base/error.hpp>

#include <fmt/format.h>

#include <utility>

namespace zeromiss {
namespace {

std::chrono::milliseconds milliseconds(double seconds) {
  return std::chrono::ceil<std::chrono::milliseconds>(std::chrono::duration<double>(seconds));
}

}  // namespace

void check_isolation(const InspectOptions& options) {
  constexpr double kLongestSeconds = 86400;
  for (const auto& [name, limit] : {std::pair{"--image-timeout", options.image_timeout},
                                    std::pair{"--load-timeout", options.load_timeout}}) {
    if (!limit) continue;
    if (!options.isolate)
      throw Error(ErrorKind::usage,
                  fmt::format("{} needs --isolate: only a process of its own can be ended", name));
    if (!(*limit > 0 && *limit <= kLongestSeconds))  // so that NaN fails, too
      throw Error(ErrorKind::usage,
                  fmt::format("{} {}: expected seconds, more than 0 and at most {}", name, *limit,
                              kLongestSeconds));
  }
}

IsolationOptions isolation_of(const InspectOptions& options, int threads) {
  IsolationOptions isolation;
  isolation.children = threads;
  isolation.program = options.engine_child;
  if (options.load_timeout) isolation.start_limit = milliseconds(*options.load_timeout);
  return isolation;
}

IsolationOptions isolation_of_one_more(const InspectOptions& options, int threads) {
  IsolationOptions isolation = isolation_of(options, 1);
  isolation.memory_bytes = memory_share(threads);
  return isolation;
}

double image_timeout(const InspectOptions& options) {
  constexpr double kDefaultSeconds = 60;
  return options.image_timeout.value_or(kDefaultSeconds);
}

std::chrono::milliseconds image_limit(const InspectOptions& options) {
  return milliseconds(image_timeout(options));
}

}  // namespace zeromiss
