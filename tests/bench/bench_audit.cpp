// How many planted leaks `evaluate audit` finds, and what it claims beyond them.
//   bench_audit FOLDER [--every N] [--suffix .jpg] [--verbose]
//   bench_audit --write N SIDE DIR     N different JPEGs for: time evaluate audit DIR
// takes the images below FOLDER as train, plants copies of every N-th one as test: one kind after
// the other. A claim between two pictures of FOLDER itself is printed as "unplanted": look at it.
#include <zeromiss/base/cpu.hpp>
#include <zeromiss/base/files.hpp>
#include <zeromiss/dataset/listing.hpp>
#include <zeromiss/dataset/scan.hpp>
#include <zeromiss/image/decode.hpp>
#include <zeromiss/image/encode.hpp>

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include <chrono>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using zeromiss::AuditImage;
using Change = std::function<cv::Mat(const cv::Mat&, std::size_t)>;

struct Plant {
  std::string kind;
  Change change;
  int jpeg = 0;  // quality; 0: PNG
};

cv::Mat resized(const cv::Mat& p, double x, double y) {
  cv::Mat out;
  cv::resize(p, out, {}, x, y, x < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
  return out;
}
cv::Mat part(const cv::Mat& p, double x, double y, double w, double h) {
  return p(cv::Rect(static_cast<int>(x * p.cols), static_cast<int>(y * p.rows),
                    static_cast<int>(w * p.cols), static_cast<int>(h * p.rows)))
      .clone();
}
// Shares that look random and never change.
double draw(std::size_t i, int salt) {
  const double v = std::sin(static_cast<double>(i) * 12.9898 + salt * 78.233) * 43758.5453;
  return v - std::floor(v);
}
cv::Mat random_part(const cv::Mat& p, std::size_t i, double side) {
  return part(p, draw(i, 1) * (1 - side), draw(i, 2) * (1 - side), side, side);
}
cv::Mat linear(const cv::Mat& p, double gain, double offset) {
  cv::Mat out;
  p.convertTo(out, -1, gain, offset);
  return out;
}
cv::Mat gamma(const cv::Mat& p, double g) {
  cv::Mat table(1, 256, CV_8U), out;
  for (int v = 0; v < 256; ++v)
    table.at<std::uint8_t>(v) = cv::saturate_cast<std::uint8_t>(255 * std::pow(v / 255.0, g));
  cv::LUT(p, table, out);
  return out;
}
cv::Mat noisy(const cv::Mat& p, std::size_t i) {
  cv::Mat noise(p.size(), CV_16SC(p.channels())), wide, out;
  cv::RNG rng(i + 1);
  rng.fill(noise, cv::RNG::NORMAL, 0, 5);
  p.convertTo(wide, CV_16S);
  wide += noise;
  wide.convertTo(out, CV_8U);
  return out;
}

std::vector<Plant> plants() {
  using zeromiss::turned_picture;
  const auto same = [](const cv::Mat& p, std::size_t) { return p; };
  std::vector<Plant> all{
      {"other format", same}, {"jpeg 90", same, 90}, {"jpeg 60", same, 60}, {"jpeg 30", same, 30}};
  for (int turn = 1; turn < zeromiss::kTurns; ++turn)
    all.push_back({std::string(zeromiss::turn_name(turn)),
                   [turn](const cv::Mat& p, std::size_t) { return turned_picture(p, turn); }, 90});
  const auto add = [&](const std::string& kind, const Change& change, int jpeg = 90) {
    all.push_back({kind, change, jpeg});
  };
  add("half size", [](const cv::Mat& p, std::size_t) { return resized(p, .5, .5); });
  add("1.5 times", [](const cv::Mat& p, std::size_t) { return resized(p, 1.5, 1.5); });
  add("224 x 224",
      [](const cv::Mat& p, std::size_t) { return resized(p, 224.0 / p.cols, 224.0 / p.rows); });
  add("brighter", [](const cv::Mat& p, std::size_t) { return linear(p, 1, 40); });
  add("darker", [](const cv::Mat& p, std::size_t) { return linear(p, .6, 0); });
  add("contrast 1.4", [](const cv::Mat& p, std::size_t) { return linear(p, 1.4, -40); });
  add("gamma 0.7", [](const cv::Mat& p, std::size_t) { return gamma(p, .7); });
  add("noise 5", [](const cv::Mat& p, std::size_t i) { return noisy(p, i); });
  add(
      "turned, half, darker",
      [](const cv::Mat& p, std::size_t) {
        return turned_picture(linear(resized(p, .5, .5), .7, 0), 5);
      },
      80);
  for (int q = 0; q < 4; ++q)
    add("quarter crop " + std::to_string(q + 1),
        [q](const cv::Mat& p, std::size_t) { return part(p, q % 2 * .5, q / 2 * .5, .5, .5); });
  add("crop 80 %", [](const cv::Mat& p, std::size_t i) { return random_part(p, i, .8); });
  add("crop 60 %", [](const cv::Mat& p, std::size_t i) { return random_part(p, i, .6); });
  add("crop 40 %", [](const cv::Mat& p, std::size_t i) { return random_part(p, i, .4); });
  add("crop 60 %, full size", [](const cv::Mat& p, std::size_t i) {
    return resized(random_part(p, i, .6), 1 / .6, 1 / .6);
  });
  add("crop 60 %, brighter",
      [](const cv::Mat& p, std::size_t i) { return linear(random_part(p, i, .6), 1.2, 20); });
  return all;
}

AuditImage scanned(const std::string& bytes, const std::string& name, std::size_t split,
                   const fs::path& folder, std::vector<fs::path>& files) {
  const fs::path file = folder / (std::to_string(files.size()) + ".bin");
  std::ofstream(file, std::ios::binary) << bytes;
  files.push_back(file);
  AuditImage image;
  image.name = name, image.split = split;
  return image;
}

/// N pictures of soft noise, SIDE pixels wide, half of them as train and half as test.
int write_set(std::size_t count, int side, const fs::path& folder) {
  for (const char* split : {"train", "test"}) fs::create_directories(folder / split);
  for (std::size_t i = 0; i < count; ++i) {
    cv::RNG random(i + 1);
    cv::Mat small(side / 16, side / 16, CV_8U), picture;
    random.fill(small, cv::RNG::UNIFORM, 0, 256);
    cv::resize(small, picture, {side, side * 3 / 4}, 0, 0, cv::INTER_CUBIC);
    std::ofstream(folder / (i % 2 == 0 ? "train" : "test") / (std::to_string(i) + ".jpg"),
                  std::ios::binary)
        << zeromiss::encode_jpeg(picture, 90);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 5 && std::strcmp(argv[1], "--write") == 0)
    return write_set(std::stoul(argv[2]), std::stoi(argv[3]), argv[4]);
  if (argc < 2) return 2;
  std::size_t every = 10;
  std::string suffix;
  bool verbose = false;
  for (int i = 2; i < argc; ++i) {
    if (std::strcmp(argv[i], "--every") == 0) every = std::stoul(argv[++i]);
    if (std::strcmp(argv[i], "--suffix") == 0) suffix = argv[++i];
    if (std::strcmp(argv[i], "--verbose") == 0) verbose = true;
  }
  const auto began = std::chrono::steady_clock::now();
  const auto listing = zeromiss::list_inputs({argv[1]}, {});
  std::string name_template = (fs::temp_directory_path() / "bench-audit-XXXXXX").string();
  const fs::path folder = ::mkdtemp(name_template.data());
  std::vector<AuditImage> images;
  std::vector<fs::path> files;
  std::vector<std::size_t> originals;  // one an image: where it came from
  std::vector<std::string> kinds;
  for (std::size_t i = 0; i < listing.images.size(); ++i) {
    const std::string name(listing.images[i]);
    if (!name.ends_with(suffix)) continue;
    AuditImage image;
    image.name = name;
    images.push_back(image);
    files.push_back(listing.locate(name));
    originals.push_back(images.size() - 1);
    kinds.emplace_back();
  }
  const std::size_t sources = images.size();
  const auto all = plants();
  for (std::size_t i = 0; i < sources; i += every) {
    const auto content = zeromiss::read_image_file(files[i]);
    zeromiss::DecodeOptions options;
    const cv::Mat pixels = zeromiss::decode(content.bytes, options).pixels;
    if (zeromiss::fingerprint(pixels, false).thumb.empty()) continue;
    for (const auto& plant : all) {
      const cv::Mat changed = plant.change(pixels, i);
      images.push_back(scanned(plant.jpeg > 0 ? zeromiss::encode_jpeg(changed, plant.jpeg)
                                              : zeromiss::encode_png(changed),
                               images[i].name + " " + plant.kind, 1, folder, files));
      originals.push_back(i);
      kinds.push_back(plant.kind);
    }
  }
  const auto seconds = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  };
  fmt::print("{} pictures, {} planted ({:.1f} s)\n", sources, images.size() - sources, seconds());
  const int threads = zeromiss::usable_cpus();
  zeromiss::scan_images(images, files, {threads, true}, {});
  fmt::print("scanned {:.1f} s\n", seconds());
  zeromiss::WorkingPictures pictures(files);
  const auto load = [&](std::size_t i) { return pictures.load(i); };
  auto pairs = zeromiss::find_same(images);
  auto near = zeromiss::find_near_copies(images, pairs, load, threads, {});
  pairs.insert(pairs.end(), near.begin(), near.end());
  fmt::print("near {} ({:.1f} s)\n", near.size(), seconds());
  auto crops = zeromiss::find_crops(images, pairs, load, threads, {});
  pairs.insert(pairs.end(), crops.begin(), crops.end());
  fmt::print("crops {} ({:.1f} s)\n", crops.size(), seconds());

  std::map<std::string, std::pair<int, int>> found;  // kind -> found, planted
  const auto leaks = zeromiss::find_leaks(images, pairs);
  std::vector<bool> leaked(images.size());
  for (const auto& leak : leaks) leaked[leak.image] = true;
  for (std::size_t i = sources; i < images.size(); ++i) {
    auto& [hits, planted] = found[kinds[i]];
    ++planted, hits += leaked[i] ? 1 : 0;
    if (!leaked[i] && verbose) fmt::print("missed {}\n", images[i].name);
  }
  int all_hits = 0, all_planted = 0;
  for (const auto& plant : all) {
    const auto [hits, planted] = found[plant.kind];
    all_hits += hits, all_planted += planted;
    fmt::print("  {:<26}{:>5} of {}\n", plant.kind, hits, planted);
  }
  fmt::print("  {:<26}{:>5} of {}\n", "all", all_hits, all_planted);
  std::size_t wrong = 0, unplanted = 0, alike = 0;
  for (const auto& pair : pairs) {
    if (originals[pair.first] == originals[pair.second]) continue;
    if (pair.kind == zeromiss::CopyKind::alike) {
      ++alike;
      if (!verbose) continue;
    }
    const bool own = pair.first < sources && pair.second < sources;
    (own ? unplanted : wrong) += 1;
    if (own || verbose)
      fmt::print(
          "{} {} ({}; r {:.3f} detail {:.3f} worst {:.2f} peak {:.2f} crest {:.1f} share {:.2f})\n "
          "   {}\n    {}\n",
          own ? "unplanted" : "other", zeromiss::copy_kind_name(pair.kind),
          zeromiss::turn_name(pair.turn), pair.place.likeness.correlation,
          pair.place.likeness.detail, pair.place.likeness.worst, pair.place.likeness.peak,
          pair.place.likeness.crest, pair.place.share, images[pair.first].name,
          images[pair.second].name);
  }
  fmt::print(
      "pairs of different originals: {} among the pictures themselves, {} with planted; alike {}\n",
      unplanted, wrong, alike);
  fs::remove_all(folder);
}
