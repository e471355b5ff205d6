#include <zeromiss/base/error.hpp>
#include <zeromiss/base/files.hpp>
#include <zeromiss/base/hash.hpp>
#include <zeromiss/base/parallel.hpp>
#include <zeromiss/base/stop.hpp>
#include <zeromiss/dataset/scan.hpp>
#include <zeromiss/image/decode.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <list>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBlock = 64;       // images between two words on the progress
constexpr std::size_t kPictures = 2000;  // in memory, 64 KB each

void scan(AuditImage& image, const fs::path& file, bool keypoints) {
  try {
    const FileContent content = read_image_file(file);
    image.bytes = content.bytes.size();
    image.sha256 = sha256_hex(std::span<const std::uint8_t>(content.bytes));
    image.print = fingerprint(decode(content.bytes, lenient_rules()).pixels, keypoints);
  } catch (const ItemError& error) {
    image.error_code = error.code();
    image.error = error.what();
  }
}

}  // namespace

DecodeOptions lenient_rules() {
  DecodeOptions options;
  options.sixteen_bit = SixteenBitRule::scale;
  options.alpha = AlphaRule::ignore;
  options.orientation = OrientationRule::ignore;
  options.frames = FramesRule::first;
  return options;
}

void scan_images(std::vector<AuditImage>& images, const std::vector<fs::path>& files,
                 const ScanOptions& options, const StepProgress& progress) {
  for (std::size_t from = 0; from < images.size() && stop_signal() == 0; from += kBlock) {
    const std::size_t to = std::min(images.size(), from + kBlock);
    parallel_for(options.threads, to - from, [&](std::size_t i) {
      scan(images[from + i], files[from + i], options.keypoints);
    });
    if (progress) progress(to, images.size());
  }
}

struct WorkingPictures::State {
  const std::vector<fs::path>& files;
  std::mutex mutex;
  std::list<std::pair<std::size_t, cv::Mat>> recent;  // the last used in front
  std::unordered_map<std::size_t, decltype(recent)::iterator> places;

  cv::Mat find(std::size_t image) {
    const std::lock_guard lock(mutex);
    const auto place = places.find(image);
    if (place == places.end()) return {};
    recent.splice(recent.begin(), recent, place->second);
    return place->second->second;
  }
  void keep(std::size_t image, const cv::Mat& picture) {
    const std::lock_guard lock(mutex);
    if (places.contains(image)) return;
    recent.emplace_front(image, picture);
    places[image] = recent.begin();
    if (recent.size() <= kPictures) return;
    places.erase(recent.back().first);
    recent.pop_back();
  }
};

WorkingPictures::WorkingPictures(const std::vector<fs::path>& files)
    : state_(new State{files, {}, {}, {}}) {}
WorkingPictures::~WorkingPictures() = default;

cv::Mat WorkingPictures::load(std::size_t image) {
  cv::Mat picture = state_->find(image);
  if (!picture.empty()) return picture;
  const fs::path& file = state_->files.at(image);
  try {
    picture = working_picture(decode(read_image_file(file).bytes, lenient_rules()).pixels);
  } catch (const ItemError& error) {
    throw Error(ErrorKind::input,
                fmt::format("{}: could be read before, and now cannot: {}; audit again when nobody "
                            "writes there",
                            file.string(), error.what()));
  }
  state_->keep(image, picture);
  return picture;
}

}  // namespace zeromiss
