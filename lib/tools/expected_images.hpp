#pragma once

#include <zeromiss/dataset/hash_list.hpp>
#include <zeromiss/dataset/listing.hpp>
#include <zeromiss/tools/inspect.hpp>

#include <optional>

namespace zeromiss {

/// --hash-list, when it was given. @throws Error(usage), Error(input)
std::optional<HashList> read_hash_list(const InspectOptions& options);

/// What the hash list has and the folder has not: it never arrived, and must not be silent. As part
/// of the list it becomes an ERROR record.
void add_lost_images(const HashList& hashes, bool all_files, Listing& listing);

}  // namespace zeromiss
