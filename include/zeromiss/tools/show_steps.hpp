#pragma once

#include <zeromiss/model/prepare.hpp>

#include <filesystem>
#include <ostream>

namespace zeromiss {

/// Everything `inspect show-steps` can be told; the same names as its options (apps/README.md).
struct ShowStepsOptions {
  std::filesystem::path model, image, output;
  PrepareOptions prepare;
  bool overwrite = false;
};

/// Writes what a package makes of one image, as a PNG after each step, and steps.html that shows
/// them: the pixels of the very code that inspect runs. The model is not loaded. Where colours are
/// not RGB, a picture's three channels stand side by side in gray. Of tiles, 16 at most are shown.
/// @return 0
/// @throws Error(input) for the package or the image, Error(output)
int show_steps(const ShowStepsOptions& options, std::ostream& out);

}  // namespace zeromiss
