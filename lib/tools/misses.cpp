#include "misses.hpp"

#include <algorithm>

namespace zeromiss {
namespace {

bool is_worse(const Miss& a, const Miss& b) {
  if (a.kind != b.kind) return a.kind < b.kind;
  if (a.score.has_value() != b.score.has_value())
    return a.score.has_value() == (a.kind != MissKind::escape);
  if (a.score && *a.score != *b.score)
    return a.kind == MissKind::escape ? *a.score < *b.score : *a.score > *b.score;
  return a.image < b.image;
}

}  // namespace

void sort_misses(std::vector<Miss>& misses) { std::sort(misses.begin(), misses.end(), is_worse); }

}  // namespace zeromiss
