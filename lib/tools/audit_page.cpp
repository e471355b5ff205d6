// The page of an audit for the terminal.
#include "audit_findings.hpp"

#include <zeromiss/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace zeromiss {
namespace {

constexpr std::size_t kShown = 5;  // of a list; the tables have all

class Page {
 public:
  Page(const AuditFindings& found, std::ostream& out) : found_(found), out_(out) {}

  void print() {
    headline();
    classes();
    copies();
    leaks();
    sources();
    list("Same picture, different labels", found_.conflicts, [&](const LabelConflict& conflict) {
      const auto& pair = found_.pairs[conflict.pair];
      return fmt::format("{} and {}", place(pair.first), place(pair.second));
    });
    list("Augmented by their names, in a later split", found_.augmented,
         [&](const AugmentedName& name) {
           return fmt::format("{} (\"{}\"{})", place(name.image), printable(name.word),
                              name.pair ? ", a copy is there" : ", no copy found");
         });
    odd();
    list("Cannot be read", found_.damaged, [&](std::size_t i) {
      return fmt::format("{}: {}", place(i), printable(found_.set.images[i].error));
    });
    scores();
  }

 private:
  [[nodiscard]] std::string place(std::size_t image) const {
    return printable(image_place(found_.set, image));
  }

  template <typename List, typename Say>
  void list(const char* title, const List& items, const Say& say) {
    if (items.empty()) return;
    out_ << fmt::format("\n{}: {}\n", title, items.size());
    for (std::size_t i = 0; i < std::min(kShown, items.size()); ++i)
      out_ << "  " << say(items[i]) << '\n';
    if (items.size() > kShown) out_ << fmt::format("  and {} more\n", items.size() - kShown);
  }

  void headline() {
    const std::size_t leaked = found_.removable.size();
    out_ << fmt::format("Audit of {} images in {} split{}: {}\n", found_.set.images.size(),
                        found_.set.splits.size(), found_.set.splits.size() == 1 ? "" : "s",
                        leaked > 0 ? fmt::format("LEAK, {} images of a later split are known from "
                                                 "an earlier one",
                                                 leaked)
                        : found_.set.splits.size() > 1 ? "no leak found"
                                                       : "one split, so no leak to look for");
  }

  void classes() {
    if (found_.classes.empty()) {
      out_ << "\nNo labels.\n";
      return;
    }
    std::size_t width = 5;
    for (const auto& name : found_.classes) width = std::max(width, printable(name).size());
    out_ << fmt::format("\n{:<{}}", "class", width);
    for (const auto& split : found_.set.splits)
      out_ << fmt::format("{:>18}", printable(split.name));
    out_ << '\n';
    for (std::size_t k = 0; k < found_.classes.size(); ++k) {
      out_ << fmt::format("{:<{}}", printable(found_.classes[k]), width);
      for (std::size_t s = 0; s < found_.counts.size(); ++s) class_cell(s, k);
      out_ << '\n';
    }
    imbalance();
    evenness();
  }

  void class_cell(std::size_t s, std::size_t k) {
    std::uint64_t all = 0;
    for (const auto count : found_.counts[s]) all += count;
    const auto count = found_.counts[s][k];
    const double percent =
        all > 0 ? 100.0 * static_cast<double>(count) / static_cast<double>(all) : 0;
    out_ << fmt::format("{:>8}{:>8.1f} %", count, percent);
  }

  void imbalance() {
    for (std::size_t s = 0; s < found_.counts.size(); ++s) {
      std::uint64_t most = 0, least = UINT64_MAX;
      for (const auto count : found_.counts[s])
        if (count > 0) most = std::max(most, count), least = std::min(least, count);
      constexpr std::uint64_t kMuch = 10;
      if (most > 0 && most >= kMuch * least)
        out_ << fmt::format("{}: the largest class has {:.0f} times the images of the smallest.\n",
                            printable(found_.set.splits[s].name),
                            static_cast<double>(most) / static_cast<double>(least));
      for (std::size_t k = 0; k < found_.classes.size(); ++k)
        if (found_.counts[s][k] == 0 && found_.set.splits[s].labels != "none")
          out_ << fmt::format("{}: no image of class {}.\n", printable(found_.set.splits[s].name),
                              printable(found_.classes[k]));
    }
  }

  void evenness() {
    const auto& even = found_.evenness;
    if (!even.p_value.defined()) return;
    constexpr double kSmall = 0.01, kWeak = 0.1, kFew = 5;
    const bool differ = *even.p_value.value < kSmall && *even.cramers_v.value >= kWeak;
    out_ << fmt::format(
        "Shares of the classes {} between the splits (chi-square {:.1f}, {} degrees "
        "of freedom, p {:.3g}, Cramer's V {:.2f}{}).\n",
        differ ? "differ" : "are alike", even.chi_square, even.degrees, *even.p_value.value,
        *even.cramers_v.value,
        even.smallest_expected < kFew ? "; some classes are too small for the p" : "");
  }

  void copies() {
    constexpr std::array<const char*, 5> kNames{"same file", "same pixels, another file",
                                                "near copy", "crop",
                                                "alike but for spots (no leak by itself)"};
    out_ << fmt::format("\n{:<42}{:>12}{:>16}\n", "pairs of images", "in a split", "across splits");
    for (std::size_t i = 0; i < kNames.size(); ++i)
      out_ << fmt::format("{:<42}{:>12}{:>16}\n", kNames.at(i), found_.inside.at(i),
                          found_.across.at(i));
    if (!found_.crops_sought) out_ << "Crops were not looked for (--no-crops).\n";
  }

  void leaks() {
    list("Known from an earlier split", found_.leaks, [&](const Leak& leak) {
      const auto& pair = found_.pairs[leak.pair];
      std::string how(copy_kind_name(pair.kind));
      if (pair.turn != 0) how += fmt::format(", {}", turn_name(pair.turn));
      return fmt::format("{} is in {} ({})", place(leak.image), place(leak.partner), how);
    });
  }

  void sources() {
    if (!found_.sources) return;
    out_ << fmt::format("\nSources: {} ({} images without one)\n", found_.sources->found,
                        found_.sources->unmatched);
    list("Sources in several splits", found_.sources->shared, [&](const SharedSource& shared) {
      return fmt::format("{} ({} images)", printable(shared.source), shared.images.size());
    });
  }

  void odd() {
    std::map<std::string, std::pair<std::size_t, std::size_t>> kinds;  // count, first
    for (const auto& odd : found_.odd) {
      auto& [count, first] = kinds[odd.what];
      if (count++ == 0) first = odd.image;
    }
    if (kinds.empty()) return;
    out_ << "\nImages that stand out from their set\n";
    for (const auto& [what, seen] : kinds)
      out_ << fmt::format("  {:<10}{:>6}   such as {}\n", what, seen.first, place(seen.second));
  }

  void scores() {
    if (!found_.scores) return;
    const auto& s = *found_.scores;
    out_ << fmt::format("\nPredictions of {} at {}{}\n{:<12}{:>12}{:>18}{:>14}\n",
                        printable(s.split), s.origin,
                        s.threshold.defined() ? fmt::format(" {:g}", *s.threshold.value) : "", "",
                        "all images", "without leaked", "leaked only");
    const auto row = [&](const char* name, auto value) {
      out_ << fmt::format("{:<12}{:>12}{:>18}{:>14}\n", name, value(s.all), value(s.without),
                          value(s.leaked));
    };
    const auto figure = [](const Figure& f) {
      return f.defined() ? fmt::format("{:.4f}", *f.value) : std::string("-");
    };
    using F = const OperatingFigures&;
    row("images", [](F f) { return fmt::format("{}", f.images); });
    row("escapes", [](F f) { return fmt::format("{} of {}", f.escapes, f.defective); });
    row("overkills", [](F f) { return fmt::format("{} of {}", f.overkills, f.good); });
    row("recall", [&](F f) { return figure(f.recall); });
    row("precision", [&](F f) { return figure(f.precision); });
    row("accuracy", [&](F f) { return figure(f.accuracy); });
    list("Labels to check again, most doubtful first", s.doubts, [&](const LabelDoubt& doubt) {
      return fmt::format("{} (score {:.4g}, {:.0f} % of its neighbours have another label)",
                         place(doubt.image), doubt.score, 100 * doubt.neighbours);
    });
  }

  const AuditFindings& found_;
  std::ostream& out_;
};

}  // namespace

void print_audit(const AuditFindings& findings, std::ostream& out) { Page(findings, out).print(); }

}  // namespace zeromiss
