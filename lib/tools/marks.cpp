#include "marks.hpp"

#include <zeromiss/base/json.hpp>
#include <zeromiss/base/mask.hpp>
#include <zeromiss/report/results_file.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace zeromiss {
namespace {

constexpr std::size_t kMostMarks = 100;

/// The part of the picture that the mask covers.
void add_contour(const RecordMask& text, Mark& mark) {
  const Mask mask = mask_from_text(text.height, text.width, text.counts);
  const Box box = mask_box(mask);
  if (box.width <= 0 || box.height <= 0) return;
  const auto whole = [](double value) { return static_cast<std::uint32_t>(value); };
  const auto pixels =
      mask_patch(mask, whole(box.x), whole(box.y), whole(box.height), whole(box.width));
  mark.inside = cv::Mat(static_cast<int>(box.height), static_cast<int>(box.width), CV_8UC1);
  std::copy(pixels.begin(), pixels.end(), mark.inside.data);
  mark.place = {static_cast<int>(box.x), static_cast<int>(box.y)};
}

}  // namespace

std::vector<Mark> marks_of(const Record& record, const std::map<std::string, std::size_t>& colors,
                           bool contours) {
  std::vector<Mark> marks;
  if (!record.defects) return marks;
  for (const RecordDefect& defect : *record.defects) {
    if (marks.size() == kMostMarks) break;
    const auto color = colors.find(defect.label);
    Mark mark{defect.box,
              fmt::format("{} {:.2f}", defect.label, defect.score),
              color == colors.end() ? 0 : color->second,
              {},
              {}};
    if (contours && defect.mask) add_contour(*defect.mask, mark);
    marks.push_back(std::move(mark));
  }
  return marks;
}

void scale_marks(std::vector<Mark>& marks, double across, double down) {
  for (Mark& mark : marks)
    mark.box = {mark.box.x * across, mark.box.y * down, mark.box.width * across,
                mark.box.height * down};
}

std::map<std::string, std::size_t> class_places(const std::filesystem::path& folder) {
  const auto run = JsonDocument::read(folder / kRunFile, ErrorKind::input);
  const JsonNode classes = run.root().at("model").at("classes");
  std::map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < classes.size(); ++i) places[classes.at(i).at("name").string()] = i;
  return places;
}

}  // namespace zeromiss
