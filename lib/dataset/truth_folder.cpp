// Folder per class, as torchvision's ImageFolder reads it: the class is the first folder below the
// root.
#include "truth_builder.hpp"

#include <zeromiss/base/text.hpp>

#include <fmt/format.h>

#include <stdexcept>

namespace zeromiss {
namespace {

/// "Scratch" of "Scratch/lot1/w03.png".
std::string class_of(std::string_view image, const std::filesystem::path& root) {
  const auto slash = image.find('/');
  if (slash == std::string_view::npos)
    throw Error(ErrorKind::input,
                fmt::format("{}: {} lies in no class folder; move it into the folder of its class",
                            root.string(), printable(image)));
  std::string name(image.substr(0, slash));
  if (!is_utf8(name))
    throw Error(ErrorKind::input,
                fmt::format("{}: the name of class folder {} is not UTF-8; rename it",
                            root.string(), printable(name)));
  return name;
}

}  // namespace

GroundTruth read_class_folders(const std::filesystem::path& root) {
  Listing listing = list_inputs({root}, ListOptions{});
  require_no_links(listing, root);
  TruthBuilder builder;
  for (std::size_t i = 0; i < listing.images.size(); ++i) {
    const std::string_view image = listing.images[i];
    if (image.back() == '/')
      throw Error(ErrorKind::input,
                  fmt::format("{}: folder {} cannot be read, so its labels are unknown",
                              root.string(), printable(image)));
    builder.add(std::string(image), class_of(image, root));
  }
  if (builder.sort()) throw std::logic_error("a folder lists a file twice");
  GroundTruth truth = builder.take(TruthFormat::class_folders, root);
  truth.skipped = std::move(listing.skipped);
  if (truth.images.empty())
    throw Error(ErrorKind::input,
                fmt::format("{}: no labelled image there; expected one folder a class with the "
                            "images in it ({} other entries were skipped)",
                            root.string(), truth.skipped.size()));
  return truth;
}

}  // namespace zeromiss
