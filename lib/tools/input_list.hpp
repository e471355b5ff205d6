#pragma once

#include <zeromiss/dataset/listing.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace zeromiss {

/// How a tool was told what its images are.
struct InputChoice {
  const std::vector<std::filesystem::path>& inputs;
  const std::string& files_from;  ///< a file, "-" for stdin, or empty
  bool nul_separated = false;
  ListOptions listing = {};
  const std::filesystem::path& output;  ///< left out where it lies inside an input
};

/// The text of a list: of a file, or of stdin for "-". @throws Error(input)
std::string read_list(const std::string& source);

/// @throws Error(usage) when nothing was chosen, or too much; Error(input) as the listing does
Listing list_images(const InputChoice& choice);

/// @throws Error(input) when there is no image: nothing would be inspected, which must not be
/// silent
void refuse_empty(const Listing& listing);

}  // namespace zeromiss
