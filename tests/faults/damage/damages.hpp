#pragma once

#include "formats.hpp"

#include <random>
#include <span>

namespace zeromiss::test {

using Random = std::mt19937_64;

/// What can happen to a file between the sensor and us.
struct Damage {
  const char* name;
  /// @param other  another picture's file in the same format
  void (*apply)(Bytes& bytes, Random& random, const Format& format, const Bytes& other);
  /// Formats in which this damage must never be accepted with other pixels; "*" is all of them.
  /// What is not named here is measured only: the manual gives the rates.
  const char* always_found;
};

std::span<const Damage> damages();
bool always_found(const Damage& damage, const Format& format);

}  // namespace zeromiss::test
