#include "expected_images.hpp"

#include "input_list.hpp"

#include <zeromiss/base/error.hpp>

#include <string>
#include <vector>

namespace zeromiss {

void add_lost_images(const HashList& hashes, bool all_files, Listing& listing) {
  std::vector<std::string> lost;
  std::size_t at = 0;
  for (const auto& [path, hash] : hashes.entries()) {  // both in the order of bytes
    while (at < listing.images.size() && listing.images[at] < path) ++at;
    const bool there = at < listing.images.size() && listing.images[at] == path;
    const bool expected = all_files || has_image_extension(path);
    if (!there && expected && listing.find(path)) lost.push_back(path);
  }
  for (const std::string& path : lost) listing.images.add(path);
  listing.images.sort();
}

std::optional<HashList> read_hash_list(const InspectOptions& options) {
  if (options.hash_list.empty()) return std::nullopt;
  if (options.inputs.size() > 1)
    throw Error(ErrorKind::usage,
                "--hash-list goes with one --input: its paths are relative to it");
  const std::string name = options.hash_list.string();
  return HashList::parse(read_list(name), name);
}

}  // namespace zeromiss
