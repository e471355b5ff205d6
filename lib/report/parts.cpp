#include <zeromiss/base/atomic_file.hpp>
#include <zeromiss/base/error.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/report/csv.hpp>
#include <zeromiss/report/parts.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace zeromiss {
namespace {

/// An error outranks every score: nobody looked there.
bool is_worse(const Record& record, const Part& part) {
  if (part.worst_image.empty()) return true;
  if (!record.score || !part.worst_score) return !record.score && part.worst_score;
  return *record.score > *part.worst_score;
}

/// No field holds a '/'.
std::string joined(const std::map<std::string, std::string>& fields) {
  std::string all;
  for (const auto& [name, value] : fields) all += value + "/";
  return all;
}

VerdictKind verdict_of(const Part& part, bool whole) {
  if (part.reject > 0) return VerdictKind::reject;
  if (part.error > 0 || !whole) return VerdictKind::error;
  if (part.review > 0) return VerdictKind::review;
  const bool all_pass = part.images > 0 && part.pass == part.images;
  return all_pass ? VerdictKind::pass : VerdictKind::error;
}

}  // namespace

void check_part_rule(const PartRule& rule) {
  const auto refuse = [](const std::string& what) { throw Error(ErrorKind::usage, what); };
  if (!rule.pattern.has("part")) refuse("--part-pattern: it must have {part}");
  if ((rule.images > 0) == !rule.views.empty())
    refuse(
        "--part-pattern: say what a whole part has: --part-images N, or --part-views NAME,NAME,… "
        "with {view} in the pattern");
  if (!rule.views.empty() && !rule.pattern.has("view"))
    refuse("--part-views: the pattern must have {view}");
  if (std::set<std::string>(rule.views.begin(), rule.views.end()).size() != rule.views.size())
    refuse("--part-views: a view is there twice");
}

PartRollUp::PartRollUp(PartRule rule) : rule_(std::move(rule)) { check_part_rule(rule_); }

void PartRollUp::add(const Record& record) {
  const std::string image = image_bytes(record);  // two names may be alike in UTF-8
  const auto fields = rule_.pattern.match(image);
  if (!fields)
    throw Error(ErrorKind::input,
                fmt::format("image \"{}\" does not fit --part-pattern \"{}\": its part would be "
                            "judged without it; mend the pattern or the name",
                            printable(record.image), printable(rule_.pattern.text())));
  const std::string& name = fields->at("part");
  Part& part = parts_[name];
  part.name = shown_name(name);
  part.sources.insert(rule_.pattern.source_of(image, *fields));
  ++part.images;
  switch (record.verdict) {
    case VerdictKind::pass:
      ++part.pass;
      break;
    case VerdictKind::review:
      ++part.review;
      break;
    case VerdictKind::reject:
      ++part.reject;
      break;
    case VerdictKind::error:
      ++part.error;
      break;
  }
  if (is_worse(record, part)) {
    part.worst_image = record.image;
    part.worst_score = record.score;
  }
  const auto view = fields->find("view");
  const bool same_view = view != fields->end() && !part.views.insert(view->second).second;
  const bool same = rule_.images > 0 && !seen_.insert(joined(*fields)).second;
  if (same_view || same) twice_.insert(name);
}

std::vector<Part> PartRollUp::finish() {
  std::vector<Part> all;
  for (auto& [name, part] : parts_) {
    bool whole = twice_.count(name) == 0 && part.sources.size() == 1;
    if (rule_.images > 0) {
      whole = whole && part.images == rule_.images;
      if (part.images < rule_.images) part.missing_images = rule_.images - part.images;
    } else {
      for (const std::string& view : rule_.views)
        if (part.views.count(view) == 0) part.missing.push_back(view);
      part.missing_images = part.missing.size();
      // A view that nobody expected may be the one with the defect's other name.
      whole = whole && part.missing.empty() && part.views.size() == rule_.views.size();
    }
    part.verdict = verdict_of(part, whole);
    all.push_back(std::move(part));
  }
  parts_.clear();
  seen_.clear();
  return all;
}

void write_parts_csv(const std::filesystem::path& folder, const std::vector<Part>& parts) {
  AtomicFile file(folder / kPartsFile);
  file.append("part,verdict,images,pass,review,reject,error,missing,worst_image,worst_score\n");
  for (const Part& part : parts) {
    std::string missing;
    for (const std::string& view : part.missing) missing += (missing.empty() ? "" : " ") + view;
    if (missing.empty() && part.missing_images > 0)
      missing = fmt::format("{}", part.missing_images);
    file.append(fmt::format("{},{},{},{},{},{},{},{},{},{}\n", csv_text(part.name),
                            verdict_name(part.verdict), part.images, part.pass, part.review,
                            part.reject, part.error, csv_text(missing), csv_text(part.worst_image),
                            part.worst_score ? fmt::format("{}", *part.worst_score) : ""));
  }
  file.commit();
}

}  // namespace zeromiss
