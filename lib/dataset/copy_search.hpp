#pragma once
// What the searches for copies share.

#include <zeromiss/dataset/copies.hpp>

#include <functional>
#include <vector>

namespace zeromiss {

/// Readable images that `fit`, the first of each group of equal pixels, in order.
std::vector<std::size_t> comparable(const std::vector<AuditImage>& images,
                                    const std::vector<CopyPair>& same,
                                    const std::function<bool(const AuditImage&)>& fit);

/// work(0) … work(count - 1) on `threads` workers; all that they found, in that order.
std::vector<CopyPair> search_all(std::size_t count, int threads, const StepProgress& progress,
                                 const std::function<std::vector<CopyPair>(std::size_t)>& work);

}  // namespace zeromiss
