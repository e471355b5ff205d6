#include "found_inspect.hpp"

#include "match.hpp"
#include "predicted_run.hpp"
#include "score_messages.hpp"
#include "split_guard.hpp"

#include <zeromiss/base/json.hpp>
#include <zeromiss/base/presence.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/dataset/image_names.hpp>
#include <zeromiss/report/record.hpp>
#include <zeromiss/report/results_file.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <system_error>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kLongestSide = 1 << 24;
constexpr double kFurthest = 1e9;

Outline outline_of(const JsonNode& node) {
  node.only({"size", "counts"});
  const JsonNode size = node.at("size"), counts = node.at("counts");
  if (size.size() != 2) size.fail("expected height and width");
  Outline outline;
  outline.height = static_cast<std::uint32_t>(size.at(0).integer(1, kLongestSide));
  outline.width = static_cast<std::uint32_t>(size.at(1).integer(1, kLongestSide));
  if (counts.is_string()) {
    outline.text = counts.string();
    return outline;
  }
  for (std::size_t i = 0; i < counts.size(); ++i)
    outline.counts.push_back(counts.at(i).integer(0, std::numeric_limits<std::int32_t>::max()));
  return outline;
}

std::uint32_t label_index(ObjectTruth& truth, const std::string& name) {
  const auto known = std::find(truth.classes.begin(), truth.classes.end(), name);
  const auto index = static_cast<std::uint32_t>(known - truth.classes.begin());
  if (known == truth.classes.end()) {
    truth.classes.push_back(name);
    truth.class_ids.clear();  // COCO's ids have no number for it, and are not needed any more
  }
  return index;
}

void add_defects(ObjectInputs& inputs, std::uint32_t image, const JsonNode& defects) {
  for (std::size_t i = 0; i < defects.size(); ++i) {
    const JsonNode defect = defects.at(i);
    const JsonNode box = defect.at("bbox");
    if (box.size() != 4) box.fail("expected x, y, width, height");
    FoundObject object{image,
                       label_index(inputs.truth, defect.at("label").string()),
                       {},
                       defect.at("score").number()};
    for (std::size_t k = 0; k < object.box.size(); ++k)
      object.box[k] = box.at(k).number(k < 2 ? -kFurthest : 0.0, kFurthest);
    inputs.found.objects.push_back(object);
    const auto outline = defect.find("segmentation");
    inputs.found.outlines.push_back(outline ? outline_of(*outline) : Outline());
  }
}

struct RunLimits {
  std::optional<Limits> limits;
  std::optional<CalibrationImages> calibration;
  bool for_calibration = false;
};

RunLimits limits_of(const fs::path& folder) {
  if (!is_there(folder / kRunFile, ErrorKind::input)) return {};
  const auto run = JsonDocument::read(folder / kRunFile, ErrorKind::input);
  const JsonNode limits = run.root().at("limits");
  RunLimits found{Limits{limits.at("review_at").number(), limits.at("reject_at").number()}, {}};
  if (const auto chosen = limits.find("calibration_images"))
    found.calibration = parse_calibration_images(*chosen);
  found.for_calibration = is_for_calibration(run.root());
  return found;
}

/// Reads one line after the other, each with its verdict and defects.
class Reader {
 public:
  Reader(const ScoreOptions& options, ObjectInputs& inputs, fs::path file, SplitGuard& guard)
      : options_(options),
        inputs_(inputs),
        file_(std::move(file)),
        guard_(guard),
        names_(inputs.truth.images) {
    inputs_.verdicts.assign(inputs_.truth.images.size(), {kMissingColumn, std::nullopt, ""});
  }

  void add(std::string_view line) {
    ++line_;
    const std::string place = fmt::format("{}:{}", file_.string(), line_);
    const Record record = parse_record(line, file_.string(), line_, ErrorKind::input);
    const auto image = names_.find(record.image);
    if (!image) return leave_out(record.image, place);
    ImageVerdict& verdict = inputs_.verdicts[*image];
    if (verdict.column != kMissingColumn)
      throw Error(ErrorKind::input, fmt::format("{}: a second record for image \"{}\"", place,
                                                printable(record.image)));
    guard_.see(record.sha256 ? digest_of(*record.sha256) : std::nullopt, record.image);
    verdict.column = column_of(record.verdict);
    verdict.score = record.score;
    if (record.error) verdict.error_code = record.error->code;
    // A pass at or above the run's own limit is no pass that this run can have made.
    if (record.verdict == VerdictKind::pass && inputs_.limits &&
        !(record.score && *record.score < inputs_.limits->review_at))
      throw Error(ErrorKind::input,
                  fmt::format("{}: PASS with a score that is not below the run's review_at {}",
                              place, inputs_.limits->review_at));
    const JsonDocument document(line, place, ErrorKind::input);
    const auto defects = document.root().find("defects");
    if (defects && !defects->is_null()) add_defects(inputs_, *image, *defects);
  }

 private:
  static std::uint8_t column_of(VerdictKind kind) {
    switch (kind) {
      case VerdictKind::pass:
        return 0;
      case VerdictKind::review:
        return 1;
      case VerdictKind::reject:
        return 2;
      case VerdictKind::error:
        break;
    }
    return kErrorColumn;
  }

  void leave_out(const std::string& name, const std::string& place) {
    if (!options_.allow_unlabelled)
      throw Error(ErrorKind::input, fmt::format("{}: image \"{}\" has no ground truth; "
                                                "--allow-unlabelled leaves such records out",
                                                place, printable(name)));
    ++inputs_.unlabelled;
  }

  const ScoreOptions& options_;
  ObjectInputs& inputs_;
  fs::path file_;
  SplitGuard& guard_;
  ImageNames names_;
  std::uint64_t line_ = 0;
};

}  // namespace

void read_found_inspect(const ScoreOptions& options, ObjectInputs& inputs) {
  std::error_code ignored;
  const bool folder = fs::is_directory(options.predictions, ignored);
  const fs::path file = folder ? options.predictions / kResultsFile : options.predictions;
  const RunLimits limits = limits_of(file.parent_path());
  if (limits.for_calibration && !options.threshold && !options.zero_miss)
    refuse_calibration_verdicts(file);
  inputs.limits = limits.limits;
  SplitGuard guard(options, file.parent_path(), limits.calibration);
  Reader reader(options, inputs, file, guard);
  for_each_line(file, ErrorKind::input, [&](std::string_view line) { reader.add(line); });
  guard.finish();
  const auto outlined = [](const Outline& outline) { return !outline.empty(); };
  auto& outlines = inputs.found.outlines;
  if (std::none_of(outlines.begin(), outlines.end(), outlined)) outlines.clear();
  if (folder && !is_there(options.predictions / kSummaryFile, ErrorKind::input))
    note(options,
         "the inspection did not finish (no summary.json): images without a record count as "
         "misses");
}

}  // namespace zeromiss
