#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace zeromiss {

/// A list of every file of a frozen set with its SHA-256. The text is one that `sha256sum -c`
/// reads; what else it says stands in comment lines before the hashes. Paths are relative to the
/// folder that the seal lies in.
struct Seal {
  std::vector<std::string> folders, files;                 ///< what was sealed, as paths
  std::map<std::string, std::string, std::less<>> hashes;  ///< path and SHA-256 of every file
  std::uint64_t bytes = 0;                                 ///< of all files together
  std::string root;  ///< SHA-256 over all the rest of the text
};

/// The seal's text; sets seal.root.
std::string seal_text(Seal& seal);

/// @param name  how errors call the text
/// @throws Error(input) for what is no seal, Error(refused) when its text is not what it was
Seal parse_seal(std::string_view text, const std::string& name);

/// A path that a seal names or a folder holds, without hash: every file of the set at this moment,
/// sorted. Hidden and system files (as inspect leaves them out) and the seal itself do not belong
/// to it; links are followed.
struct SealedPaths {
  std::vector<std::string> files;
  std::vector<std::string> lost_roots;  ///< sealed folders and files that are not there
  std::vector<std::string> skipped;     ///< "PATH (reason)"
};

/// @param base  the folder that the seal lies in
/// @throws Error(input) for a folder that cannot be read
SealedPaths list_sealed(const Seal& seal, const std::filesystem::path& base,
                        const std::string& seal_name);

/// Relative to `base`, '/' between parts, also upwards ("../data/test"); the last part may be a
/// link and stays one.
std::string path_from(const std::filesystem::path& base, const std::filesystem::path& place);

/// How a set differs from its seal.
struct SealDifference {
  std::vector<std::string> changed, added, lost;
  [[nodiscard]] bool any() const { return !changed.empty() || !added.empty() || !lost.empty(); }
};

/// @param found  the files of now with their hashes; an unreadable one with an empty hash
SealDifference compare_with_seal(const Seal& seal,
                                 const std::map<std::string, std::string, std::less<>>& found);

}  // namespace zeromiss
