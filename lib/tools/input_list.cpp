#include "input_list.hpp"

#include <zeromiss/base/files.hpp>

#include <fmt/format.h>

#include <cstdint>
#include <system_error>

namespace zeromiss {

namespace fs = std::filesystem;

std::string read_list(const std::string& source) {
  constexpr std::uintmax_t kMaxListBytes = 4ULL << 30U;
  // Not by std::cin, for which an error is the end of the file: half a list would look like one.
  return source == "-" ? read_stdin_text(ErrorKind::input, kMaxListBytes)
                       : read_text(source, ErrorKind::input, kMaxListBytes);
}

Listing list_images(const InputChoice& choice) {
  if (!choice.files_from.empty()) {
    if (choice.inputs.size() > 1)
      throw Error(
          ErrorKind::usage,
          "--files-from goes with one --input at most: the folder its paths are relative to");
    const fs::path base = choice.inputs.empty() ? fs::path() : choice.inputs.front();
    return list_from_text(read_list(choice.files_from), choice.nul_separated, base, "--files-from");
  }
  if (choice.inputs.empty())
    throw Error(ErrorKind::usage, "say what to inspect: --input FOLDER, or --files-from FILE");
  ListOptions listing = choice.listing;
  std::error_code ignored;
  if (fs::exists(choice.output, ignored)) listing.exclude = choice.output;
  return list_inputs(choice.inputs, listing);
}

void refuse_empty(const Listing& listing) {
  if (!listing.images.empty()) return;
  throw Error(ErrorKind::input, fmt::format("no images found ({} other files skipped): nothing was "
                                            "inspected; check --input and the file "
                                            "extensions (--all-files takes any)",
                                            listing.skipped.size()));
}

}  // namespace zeromiss
