#include "copy_search.hpp"

#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

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
  namespace tbb = oneapi::tbb;
  constexpr std::size_t kBlock = 256;  // between two words on the progress
  std::vector<std::vector<CopyPair>> found(count);
  tbb::task_arena arena(threads);
  for (std::size_t from = 0; from < count; from += kBlock) {
    const std::size_t to = std::min(count, from + kBlock);
    arena.execute([&] { tbb::parallel_for(from, to, [&](std::size_t i) { found[i] = work(i); }); });
    if (progress) progress(to, count);
  }
  std::vector<CopyPair> all;
  for (auto& pairs : found) std::move(pairs.begin(), pairs.end(), std::back_inserter(all));
  return all;
}

}  // namespace zeromiss
