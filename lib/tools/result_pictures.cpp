#include "item_error.hpp"
#include "marks.hpp"
#include "picture_names.hpp"

#include <zeromiss/base/files.hpp>
#include <zeromiss/base/hash.hpp>
#include <zeromiss/base/json.hpp>
#include <zeromiss/base/mask.hpp>
#include <zeromiss/base/parallel.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/image/encode.hpp>
#include <zeromiss/report/results_file.hpp>
#include <zeromiss/tools/result_pictures.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <mutex>
#include <optional>
#include <system_error>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

constexpr int kOverlayQuality = 90;
constexpr std::size_t kMostClasses = 255;  ///< of a mask with 8 bits

fs::path overlay_file(const std::string& stem) { return stem + ".jpg"; }
fs::path mask_file(const std::string& stem) { return stem + ".png"; }

[[noreturn]] void fail(const fs::path& file, const std::string& problem) {
  throw Error(ErrorKind::output, fmt::format("{}: {}", file.string(), problem));
}

/// Whole or not at all, but without waiting for the disk: sync_all() does that once for all of
/// them.
void write_picture(const fs::path& root, const fs::path& relative, const std::string& bytes) {
  if (!leads_inside(root, relative, true))
    fail(root / relative, "a link or a file stands where a folder should be; remove it");
  const fs::path file = root / relative, temporary = file.string() + ".tmp";
  {
    std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.close();
    if (!out) {
      const std::string problem = errno_text(errno);
      std::error_code ignored;
      fs::remove(temporary, ignored);
      fail(file, "cannot write: " + problem);
    }
  }
  std::error_code problem;
  fs::rename(temporary, file, problem);
  if (problem) fail(file, "cannot write: " + problem.message());
}

/// Everything written so far is on the disk.
void sync_all(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) fail(folder, "cannot open: " + errno_text(errno));
  const int status = ::syncfs(descriptor);
  const int error = errno;
  ::close(descriptor);
  if (status != 0) fail(folder, "cannot sync: " + errno_text(error));
}

std::string caption_of(const Record& record) {
  std::string text(verdict_name(record.verdict));
  if (record.score) text += fmt::format(" {:.3f}", *record.score);
  if (record.label) text += " " + *record.label;
  return text;
}

class PictureWriter {
 public:
  PictureWriter(const fs::path& folder, const ResultPictureOptions& options)
      : folder_(folder), options_(options), classes_(class_places(folder)) {
    const auto run = JsonDocument::read(folder / kRunFile, ErrorKind::input);
    const JsonNode classes = run.root().at("model").at("classes");
    // Where the first class is the background, its number is 0 already.
    first_number_ =
        classes.size() > 0 && !classes.at(std::size_t{0}).at("defect").boolean() ? 0 : 1;
    if (options.masks && classes.size() + first_number_ > kMostClasses + 1)
      fail(folder / kMaskFolder, fmt::format("{} classes do not fit into masks of 8 bits; "
                                             "--no-masks leaves them out",
                                             classes.size()));
  }

  void add(Record record) {
    std::string stem = names_.stem(record.image);
    const bool overlay = options_.listing != nullptr && wants_overlay(record);
    const bool mask = options_.masks && record.verdict != VerdictKind::error;
    if (!overlay && !mask) return;
    pending_.push_back({std::move(record), std::move(stem), overlay, mask});
    constexpr std::size_t kPerWorker = 4;
    if (pending_.size() >= kPerWorker * static_cast<std::size_t>(options_.threads)) flush();
  }

  PictureProblems finish() {
    flush();
    if (written_) sync_all(folder_);
    return problems_;
  }

 private:
  struct Item {
    Record record;
    std::string stem;
    bool overlay, mask;
  };

  [[nodiscard]] bool wants_overlay(const Record& record) const {
    if (record.verdict == VerdictKind::error) return false;
    if (options_.overlays == SaveOverlay::all) return true;
    const bool rejected = record.verdict == VerdictKind::reject ||
                          (record.stability && record.stability->verdict == VerdictKind::reject);
    return options_.overlays == SaveOverlay::rejected && rejected;
  }

  void flush() {
    parallel_for(options_.threads, pending_.size(), [&](std::size_t i) { write(pending_[i]); });
    written_ = written_ || !pending_.empty();
    pending_.clear();
  }

  void write(const Item& item) {
    if (item.mask) {
      const auto bytes = made(item, [&] { return encode_png(numbers(item.record)); });
      if (bytes) write_picture(folder_ / kMaskFolder, mask_file(item.stem), *bytes);
    }
    if (item.overlay) {
      const auto bytes = made(item, [&] { return overlay(item.record); });
      if (bytes) write_picture(folder_ / kOverlayFolder, overlay_file(item.stem), *bytes);
    }
  }

  /// Whatever keeps one picture from being made is counted and named: the records stand.
  template <class Make>
  std::optional<std::string> made(const Item& item, const Make& make) {
    try {
      return make();
    } catch (const std::exception&) {
      const std::string text =
          fmt::format("\"{}\": {}", printable(item.record.image), current_item_error().message);
      const std::scoped_lock lock(mutex_);
      // The first in the list, whichever worker was first.
      if (problems_.count++ == 0 || text < problems_.first) problems_.first = text;
      return std::nullopt;
    }
  }

  [[nodiscard]] std::string overlay(const Record& record) const {
    const std::string name = image_bytes(record);
    const FileContent content = read_image_file(options_.listing->locate(name));
    const std::span<const std::uint8_t> bytes(content.bytes);
    if (sha256_hex(bytes) != record.sha256)
      throw ItemError("image.changed", "the image is not the one that was inspected any more");
    DecodeOptions decode_options = options_.decode;
    if (record.first_frame_only) decode_options.frames = FramesRule::first;
    const Image image = decode(bytes, decode_options);
    return encode_jpeg(
        draw_marks(image.pixels, marks_of(record, classes_, true), caption_of(record)),
        kOverlayQuality);
  }

  /// Class numbers of all pixels; where defects overlap, the one with the higher score.
  [[nodiscard]] cv::Mat numbers(const Record& record) const {
    cv::Mat picture(*record.height, *record.width, CV_8UC1, cv::Scalar(0));
    const auto& defects = record.defects.value();
    for (auto defect = defects.rbegin(); defect != defects.rend(); ++defect) {
      const auto place = classes_.find(defect->label);
      if (!defect->mask || place == classes_.end()) continue;
      const Mask mask =
          mask_from_text(defect->mask->height, defect->mask->width, defect->mask->counts);
      paint(mask, static_cast<std::uint8_t>(place->second + first_number_), picture);
    }
    return picture;
  }

  static void paint(const Mask& mask, std::uint8_t number, cv::Mat& picture) {
    std::uint32_t at = 0;
    for (std::size_t run = 0; run < mask.runs.size(); ++run)
      for (const std::uint32_t end = at + mask.runs[run]; at < end; ++at)
        if (run % 2 == 1)
          picture.at<std::uint8_t>(static_cast<int>(at % mask.height),
                                   static_cast<int>(at / mask.height)) = number;
  }

  const fs::path& folder_;
  const ResultPictureOptions& options_;
  std::map<std::string, std::size_t> classes_;
  std::size_t first_number_ = 0;
  PictureNames names_;
  std::vector<Item> pending_;
  bool written_ = false;
  std::mutex mutex_;
  PictureProblems problems_;
};

/// Folders that are empty now, from the inside out; links are left alone.
void remove_empty_folders(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::is_directory(fs::symlink_status(folder, ignored))) return;
  for (const auto& entry : fs::directory_iterator(folder, ignored))
    remove_empty_folders(entry.path());
  fs::remove(folder, ignored);  // fails, as it should, where something is left
}

void remove_inside(const fs::path& root, const fs::path& relative) {
  if (!leads_inside(root, relative, false)) return;
  std::error_code problem;
  for (const fs::path& file : {root / relative, fs::path((root / relative).string() + ".tmp")}) {
    if (!fs::is_regular_file(fs::symlink_status(file, problem))) continue;
    fs::remove(file, problem);
    if (problem) fail(file, "cannot remove: " + problem.message());
  }
}

}  // namespace

PictureProblems write_result_pictures(const fs::path& folder, const ResultPictureOptions& options) {
  const bool overlays = options.overlays != SaveOverlay::none && options.listing != nullptr;
  if (!overlays && !options.masks) return {};
  PictureWriter writer(folder, options);
  for_each_record(folder / kResultsFile, ErrorKind::input,
                  [&](const Record& record) { writer.add(record); });
  return writer.finish();
}

void remove_result_pictures(const fs::path& folder) {
  std::error_code ignored;
  const bool any =
      fs::exists(folder / kOverlayFolder, ignored) || fs::exists(folder / kMaskFolder, ignored);
  if (!any) return;
  PictureNames names;
  std::ifstream results(folder / kResultsFile, std::ios::binary);
  for (std::string line; std::getline(results, line);) {
    try {  // a cut last line has no pictures
      const Record record = parse_record(line, kResultsFile, 1, ErrorKind::input);
      const std::string stem = names.stem(record.image);
      remove_inside(folder / kOverlayFolder, overlay_file(stem));
      remove_inside(folder / kMaskFolder, mask_file(stem));
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::output) throw;
    }
  }
  remove_empty_folders(folder / kOverlayFolder);
  remove_empty_folders(folder / kMaskFolder);
}

}  // namespace zeromiss
