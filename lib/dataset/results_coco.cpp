// COCO results can be a hundred megabytes of small entries, so they are read as they come: no tree
// is built, and what is kept is what the figures need.
#include "results_coco_plain.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/base/files.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/dataset/coco.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <unordered_map>

namespace zeromiss {
namespace {

constexpr std::uintmax_t kMostBytes = std::uintmax_t{1} << 32U;
constexpr int kDeepest = 64;
constexpr double kMostSide = 1e6;

enum class Key : unsigned { none, image_id, category_id, score, bbox, segmentation, size, counts };
constexpr std::array<std::pair<std::string_view, Key>, 5> kEntryKeys{
    {{"image_id", Key::image_id},
     {"category_id", Key::category_id},
     {"score", Key::score},
     {"bbox", Key::bbox},
     {"segmentation", Key::segmentation}}};

/// One entry as far as it is read.
struct Entry {
  std::optional<std::int64_t> image, category;
  std::optional<double> score;
  std::vector<double> box, size;
  Outline outline;
  unsigned seen = 0;  ///< keys, as bits
};

/// Takes the events of the parser. Levels: 1 the list, 2 an entry, 3 and 4 what is in its values.
class Reader {
 public:
  Reader(std::string name, const ObjectTruth& truth)
      : name_(std::move(name)), images_(image_places(truth)), categories_(category_places(truth)) {}

  bool null() { return value("null"); }
  bool boolean(bool) { return value("true or false"); }
  bool number_integer(std::int64_t number) { return integer(number); }
  bool number_unsigned(std::uint64_t number) {
    if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      return this->number(static_cast<double>(number));
    return integer(static_cast<std::int64_t>(number));
  }
  bool number_float(double number, const std::string&) { return this->number(number); }
  bool string(const std::string& text) {
    if (in_segmentation() && key_ == Key::counts && level_ == 3) {
      entry_.outline.text = text;
      return true;
    }
    return value("a text");
  }
  bool binary(const std::vector<std::uint8_t>&) { return value("binary data"); }

  bool start_object(std::size_t) {
    open("an object");
    if (level_ == 2) {
      entry_ = {};
      key_ = outer_ = Key::none;
    } else if (!skips() && !(level_ == 3 && outer_ == Key::segmentation)) {
      fail(fmt::format("{}: expected no object", place()));
    }
    return true;
  }
  bool start_array(std::size_t) {
    open("a list");
    if (level_ == 1 || skips()) return true;
    if (level_ == 3 && (outer_ == Key::bbox || outer_ == Key::segmentation)) return true;
    if (level_ == 4 && outer_ == Key::segmentation) {
      if (key_ == Key::segmentation) entry_.outline.polygons.emplace_back();
      return true;
    }
    fail(fmt::format("{}: expected no list", place()));
  }
  bool end_object() {
    if (level_-- == 2) finish();
    return true;
  }
  bool end_array() {
    --level_;
    return true;
  }

  bool key(const std::string& text) {
    if (level_ == 2) {
      outer_ = Key::none;
      for (const auto& [known, key] : kEntryKeys)
        if (text == known) outer_ = key;
      key_ = outer_;
      note_seen(text);
    } else if (level_ == 3 && outer_ == Key::segmentation) {
      key_ = text == "size" ? Key::size : text == "counts" ? Key::counts : Key::none;
      note_seen(text);
    }
    return true;
  }

  bool parse_error(std::size_t at, const std::string&, const nlohmann::detail::exception& problem) {
    throw Error(ErrorKind::input,
                fmt::format("{}: byte {}: no valid JSON ({})", name_, at, problem.what()));
  }

  FoundObjects take() {
    if (level_ != 0 || !started_)
      throw Error(ErrorKind::input, name_ + ": expected a list of detections");
    if (!some_outline_) found_.outlines.clear();
    return std::move(found_);
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const {
    throw Error(ErrorKind::input, fmt::format("{}: [{}]: {}", name_, entries_, problem));
  }

  [[nodiscard]] bool skips() const { return level_ > 2 && outer_ == Key::none; }
  [[nodiscard]] bool in_segmentation() const { return outer_ == Key::segmentation; }

  [[nodiscard]] std::string place() const {
    for (const auto& [name, key] : kEntryKeys)
      if (key == outer_) return std::string(name);
    return "the list";
  }

  void note_seen(const std::string& text) {
    if (key_ == Key::none) return;
    const unsigned bit = 1U << static_cast<unsigned>(key_);
    if ((entry_.seen & bit) != 0) fail(fmt::format("key \"{}\" is there twice", printable(text)));
    entry_.seen |= bit;
  }

  void open(const char* what) {
    ++level_;
    if (level_ > kDeepest) fail("nested too deeply");
    const bool list = what[2] == 'l';
    if (level_ == 1 && !list)
      throw Error(ErrorKind::input, name_ + ": expected a list of detections, found an object");
    if (level_ == 2 && list) fail("expected an object, found a list");
    if (level_ == 1) started_ = true;
  }

  bool value(const char* what) {
    if (level_ == 0)
      throw Error(ErrorKind::input,
                  fmt::format("{}: expected a list of detections, found {}", name_, what));
    if (level_ == 1) fail(fmt::format("expected an object, found {}", what));
    if (outer_ == Key::none || (in_segmentation() && key_ == Key::none)) return true;
    fail(fmt::format("{}: expected {}, found {}", place(),
                     level_ == 2 && outer_ >= Key::bbox ? "a list or an object" : "a number",
                     what));
  }

  bool integer(std::int64_t number) {
    if (level_ == 2 && outer_ == Key::image_id) {
      entry_.image = number;
    } else if (level_ == 2 && outer_ == Key::category_id) {
      entry_.category = number;
    } else if (level_ == 4 && in_segmentation() && key_ == Key::counts) {
      entry_.outline.counts.push_back(number);
    } else {
      return this->number(static_cast<double>(number));
    }
    return true;
  }

  bool number(double number) {
    if (!std::isfinite(number)) return value("a number that is not finite");
    if (level_ == 2 && outer_ == Key::score) {
      entry_.score = number;
    } else if (level_ == 3 && outer_ == Key::bbox) {
      entry_.box.push_back(number);
    } else if (level_ == 4 && in_segmentation() && key_ == Key::size) {
      entry_.size.push_back(number);
    } else if (level_ == 4 && in_segmentation() && key_ == Key::segmentation) {
      entry_.outline.polygons.back().push_back(number);
    } else if (level_ == 2 && (outer_ == Key::image_id || outer_ == Key::category_id)) {
      fail(fmt::format("{}: expected a whole number", place()));
    } else {
      return value("a number");
    }
    return true;
  }

  [[nodiscard]] bool has(Key key) const {
    return (entry_.seen & (1U << static_cast<unsigned>(key))) != 0;
  }

  static std::uint32_t place_of(const IdPlaces& numbers, std::int64_t id) {
    const auto found = numbers.find(id);
    return found == numbers.end() ? std::numeric_limits<std::uint32_t>::max() : found->second;
  }

  void finish() {
    if (!entry_.image) fail("image_id is missing");
    if (!entry_.category) fail("category_id is missing");
    if (!entry_.score) fail("score is missing");
    FoundObject object;
    object.image = place_of(images_, *entry_.image);
    object.label = place_of(categories_, *entry_.category);
    object.score = *entry_.score;
    if (object.image == std::numeric_limits<std::uint32_t>::max())
      fail(fmt::format("image_id: the labels have no image {}", *entry_.image));
    if (object.label == std::numeric_limits<std::uint32_t>::max())
      fail(fmt::format("category_id: the labels have no category {}", *entry_.category));
    const bool has_box = !entry_.box.empty(), has_outline = has(Key::segmentation);
    if (entries_ == 0) found_.has_boxes = has_box;
    if (!has_box && (found_.has_boxes || !has_outline)) fail("bbox is missing");
    if (has_box) object.box = checked_box();
    if (has_outline) check_outline();
    some_outline_ = some_outline_ || has_outline;
    found_.objects.push_back(object);
    // Outlines are as long as objects from the first one that is there.
    if (some_outline_) {
      found_.outlines.resize(found_.objects.size() - 1);
      found_.outlines.push_back(std::move(entry_.outline));
    }
    ++entries_;
  }

  [[nodiscard]] BoxNumbers checked_box() const {
    const auto& box = entry_.box;
    if (box.size() != 4)
      fail(fmt::format("bbox: expected x, y, width, height, found {} numbers", box.size()));
    if (box[2] < 0.0 || box[3] < 0.0) fail("bbox: width and height must not be negative");
    return {box[0], box[1], box[2], box[3]};
  }

  void check_outline() {
    Outline& outline = entry_.outline;
    if (!has(Key::size) && !has(Key::counts)) {
      if (outline.polygons.empty()) fail("segmentation: expected polygons, or size and counts");
      return;
    }
    const auto& size = entry_.size;
    const auto is_side = [](double side) {
      return side >= 1.0 && side <= kMostSide && side == std::floor(side);
    };
    if (size.size() != 2 || !is_side(size[0]) || !is_side(size[1]))
      fail("segmentation.size: expected height, width");
    if (!has(Key::counts)) fail("segmentation.counts is missing");
    outline.height = static_cast<std::uint32_t>(size[0]);
    outline.width = static_cast<std::uint32_t>(size[1]);
  }

  std::string name_;
  IdPlaces images_, categories_;
  FoundObjects found_;
  std::size_t entries_ = 0;
  Entry entry_;
  Key outer_ = Key::none;  ///< the key of the entry that is being read
  Key key_ = Key::none;    ///< the same, or the key inside a segmentation
  int level_ = 0;
  bool started_ = false, some_outline_ = false;
};

}  // namespace

FoundObjects parse_coco_results(std::string_view text, const std::string& name,
                                const ObjectTruth& truth) {
  if (auto plain = plain_coco_results(text, truth)) return std::move(*plain);
  return parse_coco_results_strictly(text, name, truth);
}

FoundObjects parse_coco_results_strictly(std::string_view text, const std::string& name,
                                         const ObjectTruth& truth) {
  if (text.find('\0') != std::string_view::npos)  // the parser would take it for the end
    throw Error(ErrorKind::input,
                fmt::format("{}: byte {}: no valid JSON (a NUL byte)", name, text.find('\0')));
  Reader reader(name, truth);
  nlohmann::json::sax_parse(text, &reader);
  return reader.take();
}

FoundObjects read_coco_results(const std::filesystem::path& file, const ObjectTruth& truth) {
  return parse_coco_results(read_text(file, ErrorKind::input, kMostBytes), file.string(), truth);
}

}  // namespace zeromiss
