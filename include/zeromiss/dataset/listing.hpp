#pragma once

#include <zeromiss/base/error.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zeromiss {

/// Many paths in one block of memory (about 70 bytes each): a night's million images fit easily.
class PathList {
 public:
  void add(std::string_view path);
  /// By the bytes of the whole path, the same in every locale.
  void sort();
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] std::string_view operator[](std::size_t index) const {
    return std::string_view(text_).substr(entries_[index].offset, entries_[index].length);
  }

 private:
  struct Entry {
    std::size_t offset;
    std::uint32_t length;
  };
  std::string text_;
  std::vector<Entry> entries_;
};

/// Something that was found and not inspected.
struct Skipped {
  std::string path;
  std::string reason;
  bool link = false;  ///< to a folder, or to what may have been one
};

struct ListOptions {
  bool all_files = false;              ///< any extension, hidden and system files too
  bool any_extension = false;          ///< any extension, but no hidden or system files
  bool follow_links = false;           ///< also go into links to folders (each folder once)
  std::filesystem::path exclude = {};  ///< a folder that is left out (the output); may be empty
};

/// The images of a run: what is named in records, and where the files are.
struct Listing {
  PathList images;  ///< sorted; '/' between parts, relative to the input
  std::vector<Skipped> skipped;
  /// Folders that could not be read: their images are unknown, so each becomes an ERROR record.
  /// Also in `images`, with a '/' at the end.
  std::uint64_t unreadable_folders = 0;

  /// Where a file of this name is, or would be; no value for a name that belongs to no input.
  [[nodiscard]] std::optional<std::filesystem::path> find(std::string_view name) const;
  /// The file behind a name of `images`. @throws std::logic_error for a name that belongs to no
  /// input
  [[nodiscard]] std::filesystem::path locate(std::string_view name) const;
  /// SHA-256 over the names in order: the same list or another one.
  [[nodiscard]] std::string sha256() const;

  struct Root {
    std::string prefix;  ///< "lot1/", "" for a single folder, or the whole name of a single file
    std::filesystem::path location;  ///< the folder or file itself
  };
  std::vector<Root> roots;
};

/// True for the extensions of DESIGN §3.8: jpg jpeg jpe png bmp dib tif tiff webp gif pbm pgm ppm
/// pnm, any case.
bool has_image_extension(std::string_view file_name);

/// Lists folders (recursively) and single files. With several inputs every name begins with its
/// input's folder name.
/// @throws Error(input) when an input does not exist or a path is there twice, Error(usage) when
/// two inputs have one name
Listing list_inputs(const std::vector<std::filesystem::path>& inputs, const ListOptions& options);

/// For labels: what lies behind a link that was left out would be labelled images or masks that
/// vanish. @param folder  that was listed  @throws Error(input) naming the link
void require_no_links(const Listing& listing, const std::filesystem::path& folder);

/// Takes the list from a text: one path a line (LF or CRLF), or NUL-separated. Paths are relative
/// to `base`.
/// @param name  how errors call the text
/// @throws Error(input) when a path is there twice or holds a NUL
Listing list_from_text(std::string_view text, bool nul_separated, const std::filesystem::path& base,
                       const std::string& name);

}  // namespace zeromiss
