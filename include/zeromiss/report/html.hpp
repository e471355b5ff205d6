#pragma once

#include <zeromiss/report/results_file.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace zeromiss {

/// Makes the small picture of one image, as JPEG bytes; no value when the file is gone, changed
/// since its record (other SHA-256) or cannot be decoded.
using ThumbnailMaker = std::function<std::optional<std::string>(const Record&)>;

struct HtmlOptions {
  ThumbnailMaker thumbnail;  ///< may be called from several threads
  int threads = 1;
  std::size_t gallery_images = 120;           ///< shown with a picture, at most
  std::uint64_t thumbnail_bytes = 3'000'000;  ///< of all pictures together, before base64
};

/// Writes DIR/report.html, one offline file in English and Korean, from DIR/run.json,
/// DIR/results.jsonl and DIR/summary.json alone (pictures apart). Atomic; memory does not grow with
/// the number of images.
/// @throws Error(output) when it cannot be written, Error(input) when the three files are not
/// there, damaged, or not of one run (counts and the hash of results.jsonl are compared)
void write_inspect_html(const std::filesystem::path& folder, const HtmlOptions& options);

/// The same with a summary that is not written yet: `inspect` writes summary.json after everything
/// else.
void write_inspect_html(const std::filesystem::path& folder, const JsonDocument& summary,
                        const HtmlOptions& options);

}  // namespace zeromiss
