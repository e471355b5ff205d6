#include <zeromiss/base/error.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/dataset/quality.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <regex>
#include <set>

namespace zeromiss {
namespace {

constexpr double kNormalMad = 0.6745, kNormalMean = 0.7979;  // of a standard normal distribution
constexpr double kOdd = 5;
constexpr std::size_t kFewest = 20;  // images that make a distribution

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

struct Property {
  const char *low, *high;  ///< names of what is too small or too large; null: nobody minds
  std::function<double(const Fingerprint&)> value;
  bool logarithmic;
  double least;  ///< a deviation below this (in the scale used) is never odd
};

class OddSearch {
 public:
  OddSearch(const std::vector<AuditImage>& images, std::vector<std::size_t> usable)
      : images_(images), usable_(std::move(usable)) {}

  void look_at(const Property& property, std::vector<OddImage>& found) const {
    if (usable_.size() < kFewest) return;
    std::vector<double> values;
    for (const auto i : usable_) values.push_back(scaled(property, i));
    const double centre = median(values);
    std::vector<double> distances;
    double sum = 0;
    for (const double value : values) {
      distances.push_back(std::abs(value - centre));
      sum += distances.back();
    }
    double spread = median(distances) / kNormalMad;
    if (spread == 0) spread = sum / static_cast<double>(values.size()) / kNormalMean;
    if (spread == 0) return;
    for (std::size_t k = 0; k < usable_.size(); ++k) {
      const char* name = values[k] < centre ? property.low : property.high;
      if (name == nullptr || distances[k] < property.least || distances[k] / spread <= kOdd)
        continue;
      const double usual = property.logarithmic ? std::exp(centre) : centre;
      found.push_back({usable_[k], name, property.value(images_[usable_[k]].print), usual});
    }
  }

 private:
  [[nodiscard]] double scaled(const Property& property, std::size_t image) const {
    const double value = property.value(images_[image].print);
    return property.logarithmic ? std::log(std::max(value, 1e-3)) : value;
  }

  const std::vector<AuditImage>& images_;
  std::vector<std::size_t> usable_;
};

void look_at_all(const OddSearch& search, std::vector<OddImage>& found) {
  const double twice = std::log(2.0);
  search.look_at(
      {"blurred", nullptr, [](const auto& p) { return double{p.sharpness}; }, true, twice}, found);
  search.look_at({"dark", "bright", [](const auto& p) { return double{p.brightness}; }, false, 20},
                 found);
  search.look_at({"flat", nullptr, [](const auto& p) { return double{p.contrast}; }, true, twice},
                 found);
  search.look_at({"size", "size", [](const auto& p) { return double(p.width) * p.height; }, true,
                  std::log(1.1)},
                 found);
}

}  // namespace

std::vector<OddImage> find_odd_images(const std::vector<AuditImage>& images) {
  std::vector<OddImage> found;
  for (std::size_t i = 0; i < images.size(); ++i)
    if (images[i].error_code.empty() && images[i].print.constant)
      found.push_back({i, "constant", images[i].print.brightness, images[i].print.brightness});
  std::map<std::string, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < images.size(); ++i)
    if (images[i].error_code.empty() && !images[i].print.constant)
      groups[images[i].label].push_back(i);
  for (auto& [label, members] : groups) look_at_all(OddSearch(images, std::move(members)), found);
  return found;
}

std::vector<LabelConflict> find_label_conflicts(const std::vector<AuditImage>& images,
                                                const std::vector<CopyPair>& pairs) {
  std::vector<LabelConflict> conflicts;
  for (std::size_t p = 0; p < pairs.size(); ++p) {
    const auto& a = images[pairs[p].first].label;
    const auto& b = images[pairs[p].second].label;
    if (pairs[p].kind <= CopyKind::near_copy && !a.empty() && !b.empty() && a != b)
      conflicts.push_back({p});
  }
  return conflicts;
}

Sources find_sources(const std::vector<AuditImage>& images, const std::string& pattern) {
  const auto refuse = [&](const std::string& problem) {
    return Error(ErrorKind::usage,
                 fmt::format("--source-pattern \"{}\": {}", printable(pattern), problem));
  };
  std::regex expression;
  try {
    expression = std::regex(pattern);
  } catch (const std::regex_error&) {
    throw refuse("is no regular expression (ECMAScript)");
  }
  if (expression.mark_count() == 0)
    throw refuse("has no group; put the source into brackets, as in \"^([0-9]+)_\"");
  std::map<std::string, std::vector<std::size_t>> groups;
  Sources sources;
  for (std::size_t i = 0; i < images.size(); ++i) {
    const std::string& name = images[i].name;
    const std::string last = name.substr(name.rfind('/') + 1);
    std::smatch match;
    if (std::regex_search(last, match, expression) && match[1].length() > 0)
      groups[match[1].str()].push_back(i);
    else
      ++sources.unmatched;
  }
  if (groups.empty()) throw refuse("matches the name of no image; it is held against file names");
  sources.found = groups.size();
  for (auto& [source, members] : groups) {
    std::set<std::size_t> splits;
    for (const auto i : members) splits.insert(images[i].split);
    if (splits.size() > 1) sources.shared.push_back({source, std::move(members)});
  }
  return sources;
}

std::optional<std::string> augmentation_in_name(const std::string& name) {
  static const std::regex kWords(
      "(?:^|[_\\-. ])((?:aug(?:mented)?|rot(?:ate|ated|ation)?|[hv]?flip(?:ped)?|mirror(?:ed)?|"
      "bright(?:ness)?|contrast|noise|noisy|blur(?:red)?|crop(?:ped)?|shear|zoom|jitter|copy)"
      "[_\\-]?[0-9]*)(?=[_\\-. )(]|$)",
      std::regex::icase);
  const std::string last = name.substr(name.rfind('/') + 1);
  std::smatch match;
  if (!std::regex_search(last, match, kWords)) return std::nullopt;
  return match[1].str();
}

}  // namespace zeromiss
