#include "copy_search.hpp"

#include <zeromiss/base/parallel.hpp>

#include <algorithm>
#include <iterator>

namespace zeromiss {

std::vector<std::size_t> comparable(const std::vector<AuditImage>& images,
                                    const std::vector<CopyPair>& same,
                                    const std::function<bool(const AuditImage&)>& fit) {
  std::vector<bool> repeated(images.size());
  for (const auto& pair : same)
    if (pair.kind <= CopyKind::same_pixels) repeated[pair.second] = true;
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < images.size(); ++i)
    if (images[i].error_code.empty() && !repeated[i] && fit(images[i])) chosen.push_back(i);
  return chosen;
}

std::vector<CopyPair> search_all(std::size_t count, int threads, const StepProgress& progress,
                                 const std::function<std::vector<CopyPair>(std::size_t)>& work) {
  constexpr std::size_t kBlock = 256;  // between two words on the progress
  std::vector<std::vector<CopyPair>> found(count);
  for (std::size_t from = 0; from < count; from += kBlock) {
    const std::size_t to = std::min(count, from + kBlock);
    parallel_for(threads, to - from, [&](std::size_t i) { found[from + i] = work(from + i); });
    if (progress) progress(to, count);
  }
  std::vector<CopyPair> all;
  for (auto& pairs : found) std::move(pairs.begin(), pairs.end(), std::back_inserter(all));
  return all;
}

}  // namespace zeromiss
