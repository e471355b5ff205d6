#pragma once

#include <zeromiss/model/engine.hpp>

#include <algorithm>
#include <string>

namespace zeromiss::test {

/// What an engine says of a batch that it cannot run; "ran" when it can.
inline std::string failure(Engine& engine, const InputBatch& batch) {
  try {
    engine.run(batch);
  } catch (const ItemError& error) {
    return error.code() + ": " + error.what();
  }
  return "ran";
}

inline constexpr int kImages = 4;

/// Images of plain values 0, 0.25, 0.5, 0.75.
inline InputBatch steps() {
  InputBatch batch(kImages, 1, 4, 4);
  for (int i = 0; i < kImages; ++i)
    std::fill_n(batch.image(i), batch.image_size(), 0.25F * static_cast<float>(i));
  return batch;
}

}  // namespace zeromiss::test
