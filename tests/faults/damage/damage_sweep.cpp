// Damages real pictures in every format and in every way, and looks at what the decoder says.
//
//   damage_sweep [--rounds N] [--seed N] [--write DIR] SOURCE…
//
// SOURCE is a picture, or a folder of them. Each round stores one of them (at most 320 x 320 pixels
// of it) in every format, undamaged first, and damages each file once in every way: 15 x 17 files a
// round. Prints, for every format and damage, how many were refused / accepted with the same pixels
// (the damage hit nothing) / accepted with OTHER pixels. The last must be 0 wherever damages.cpp
// says that the damage is always found.
// --write DIR keeps the damaged files, `files.csv` (file,damage,outcome) and `sums` (the SHA-256 of
// each file before it was damaged, as sha256sum writes it): for runs of inspect. Exit code 1: a
// damage was missed that is always found, or an undamaged picture was refused.
#include "damages.hpp"

#include <zeromiss/base/hash.hpp>
#include <zeromiss/image/decode.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

namespace {

using namespace zeromiss;
using namespace zeromiss::test;
namespace fs = std::filesystem;

struct Counts {
  int refused = 0, harmless = 0, missed = 0;
};

struct Settings {
  int rounds = 12;
  std::uint64_t seed = 8;
  fs::path write;
  std::vector<fs::path> sources;
};

Settings parse(int argc, char** argv) {
  Settings settings;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const bool has_value = i + 1 < argc;
    if (word == "--rounds" && has_value)
      settings.rounds = std::stoi(argv[++i]);
    else if (word == "--seed" && has_value)
      settings.seed = std::stoull(argv[++i]);
    else if (word == "--write" && has_value)
      settings.write = argv[++i];
    else if (fs::is_directory(word)) {
      for (const auto& entry : fs::recursive_directory_iterator(word)) {
        const std::string extension = entry.path().extension().string();
        if (extension == ".png" || extension == ".jpg") settings.sources.push_back(entry.path());
      }
    } else {
      settings.sources.push_back(word);
    }
  }
  std::sort(settings.sources.begin(), settings.sources.end());
  return settings;
}

Bytes read(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// A part of the picture, as RGB with rows continuous in memory.
cv::Mat load(const fs::path& file, Random& random) {
  const Image image = decode(read(file), {});
  constexpr int kMost = 320;
  const int width = std::min(image.width(), kMost), height = std::min(image.height(), kMost);
  const int left = static_cast<int>(random() % static_cast<unsigned>(image.width() - width + 1));
  const int top = static_cast<int>(random() % static_cast<unsigned>(image.height() - height + 1));
  cv::Mat rgb(height, width, CV_8UC3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      if (image.pixels.channels() == 3) {
        rgb.at<cv::Vec3b>(y, x) = image.pixels.at<cv::Vec3b>(top + y, left + x);
      } else {
        const auto gray = image.pixels.at<std::uint8_t>(top + y, left + x);
        rgb.at<cv::Vec3b>(y, x) = {gray, gray, gray};
      }
    }
  }
  return rgb;
}

bool same(const cv::Mat& a, const cv::Mat& b) {
  return a.size() == b.size() && a.type() == b.type() &&
         std::memcmp(a.data, b.data, a.total() * a.elemSize()) == 0;
}

class Sweep {
 public:
  explicit Sweep(Settings settings) : settings_(std::move(settings)), random_(settings_.seed) {
    if (settings_.write.empty()) return;
    fs::create_directories(settings_.write / "files");
    list_.open(settings_.write / "files.csv");
    sums_.open(settings_.write / "sums");
    list_ << "file,format,damage,outcome\n";
  }

  int run() {
    for (int i = 0; i < settings_.rounds; ++i) round(i);
    print();
    return broken_ > 0 ? 1 : 0;
  }

 private:
  const fs::path& any_source() {
    return settings_.sources.at(random_() % settings_.sources.size());
  }

  void round(int number) {
    const cv::Mat picture = load(any_source(), random_);
    cv::Mat other = load(any_source(), random_);
    if (number % 2 == 0) other = turned(picture);  // of the same size, as from the same camera
    for (const Format& format : formats()) {
      const Bytes whole = format.encode(picture);
      const Bytes rest = format.encode(other);
      const Image expected = decode_whole(whole, format);
      for (const Damage& damage : damages()) {
        if (format.claim == nullptr && (std::string_view(damage.name) == "bomb" ||
                                        std::string_view(damage.name) == "wrong-size"))
          continue;
        Bytes damaged = whole;
        for (int tries = 0; (damaged == whole || begins_with(damaged, rest)) && tries < 20;
             ++tries) {
          damaged = whole;
          damage.apply(damaged, random_, format, rest);
        }
        // No LF in it, zeros already; or the old file, whole.
        if (damaged == whole || begins_with(damaged, rest)) continue;
        judge(number, format, damage, whole, damaged, expected);
      }
    }
  }

  /// It holds the other file, whole: another picture, not a damaged one.
  static bool begins_with(const Bytes& file, const Bytes& other) {
    return file.size() >= other.size() && std::equal(other.begin(), other.end(), file.begin());
  }

  static cv::Mat turned(const cv::Mat& picture) {
    cv::Mat result(picture.size(), picture.type());
    for (int y = 0; y < picture.rows; ++y)
      for (int x = 0; x < picture.cols; ++x)
        result.at<cv::Vec3b>(y, x) =
            picture.at<cv::Vec3b>(picture.rows - 1 - y, picture.cols - 1 - x);
    return result;
  }

  Image decode_whole(const Bytes& whole, const Format& format) {
    try {
      return decode(whole, {});
    } catch (const ItemError& error) {
      fmt::print("BROKEN an undamaged {} was refused: {}\n", format.name, error.what());
      ++broken_;
      throw;
    }
  }

  void judge(int number, const Format& format, const Damage& damage, const Bytes& whole,
             const Bytes& damaged, const Image& expected) {
    Counts& counts = counts_[{format.name, damage.name}];
    const auto start = std::chrono::steady_clock::now();
    std::string outcome = "refused";
    try {
      const Image image = decode(damaged, {});
      outcome = same(image.pixels, expected.pixels) ? "harmless" : "missed";
    } catch (const ItemError&) {
    }
    slowest_ = std::max(
        slowest_, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    ++(outcome == "refused"    ? counts.refused
       : outcome == "harmless" ? counts.harmless
                               : counts.missed);
    const std::string name =
        fmt::format("{:05}-{}-{}.{}", number, format.name, damage.name, format.extension);
    if (outcome == "missed" && always_found(damage, format)) {
      fmt::print("BROKEN {} was accepted with other pixels\n", name);
      ++broken_;
    }
    if (settings_.write.empty()) return;
    std::ofstream(settings_.write / "files" / name, std::ios::binary)
        .write(reinterpret_cast<const char*>(damaged.data()),
               static_cast<std::streamsize>(damaged.size()));
    list_ << name << ',' << format.name << ',' << damage.name << ',' << outcome << '\n';
    sums_ << sha256_hex(std::span<const std::uint8_t>(whole)) << "  " << name << '\n';
  }

  void print() const {
    Counts all;
    fmt::print("{:18}", "");
    for (const Format& format : formats()) fmt::print("{:>18}", format.name);
    fmt::print("\n");
    for (const Damage& damage : damages()) {
      fmt::print("{:18}", damage.name);
      for (const Format& format : formats()) {
        const auto found = counts_.find({format.name, damage.name});
        const Counts counts = found == counts_.end() ? Counts() : found->second;
        all.refused += counts.refused;
        all.harmless += counts.harmless;
        all.missed += counts.missed;
        const bool strict = always_found(damage, format);
        fmt::print("{:>18}", found == counts_.end()
                                 ? "-"
                                 : fmt::format("{}{}/{}/{}", strict ? "=" : "", counts.refused,
                                               counts.harmless, counts.missed));
      }
      fmt::print("\n");
    }
    fmt::print(
        "{} damaged files (refused/same pixels/OTHER PIXELS; = must be 0): {} refused, {} with the "
        "same pixels, {} with other pixels; "
        "slowest {:.0f} ms; {} promises broken\n",
        all.refused + all.harmless + all.missed, all.refused, all.harmless, all.missed,
        slowest_ * 1000, broken_);
  }

  Settings settings_;
  Random random_;
  std::map<std::pair<std::string, std::string>, Counts> counts_;
  std::ofstream list_, sums_;
  double slowest_ = 0.0;
  int broken_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const Settings settings = parse(argc, argv);
  if (settings.sources.empty()) {
    std::fprintf(stderr, "usage: damage_sweep [--rounds N] [--seed N] [--write DIR] SOURCE...\n");
    return 2;
  }
  return Sweep(settings).run();
}
