// benchmark choose on packages whose measurements are made up, so that the winner and every reason
// can be worked out by hand.
#include "choice.hpp"
#include "support/catch.hpp"
#include "support/packages.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/report/texts.hpp>
#include <zeromiss/tools/benchmark.hpp>

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <sstream>

using namespace zeromiss;
using namespace zeromiss::test;
using Catch::Matchers::ContainsSubstring;
using Json = nlohmann::ordered_json;

namespace {

/// 20 defective and 20 good images, no escape, `overkills` good ones not passed.
Candidate candidate(const std::string& name, std::uint64_t overkills, double fps) {
  Candidate one;
  one.package = one.name = name;
  one.license = "Apache-2.0";
  one.device = "cpu";
  DecisionCounts defective, good;
  defective.add(Decision::flagged, 20);
  good.add(Decision::passed, 20 - overkills);
  good.add(Decision::flagged, overkills);
  one.figures = operating_figures(defective, good, 0.95);
  one.speed = PackageSpeed{fps, 0.9 * fps, true, {}};
  one.peak_rss_mib = 300;
  return one;
}

ChooseOptions rules() {
  ChooseOptions options;
  options.target_fps = 5;
  options.max_ram_mib = 500;
  options.max_vram_mib = 1000;
  options.licenses = {"MIT", "apache-2.0"};
  return options;
}

/// The words of the rules that one lost by.
std::vector<std::string> words(const Candidate& one) {
  std::vector<std::string> found;
  for (const LostBy& by : one.lost_by) {
    CHECK(!text(Language::korean, "choose.why." + by.rule, by.values).empty());
    found.push_back(by.rule);
  }
  return found;
}

std::string sentence(const LostBy& by) {
  return text(Language::english, "choose.why." + by.rule, by.values);
}

/// Decides among these; the names of the rules that each lost by.
std::pair<Choice, std::vector<Candidate>> decided(std::vector<Candidate> all,
                                                  const ChooseOptions& options = rules()) {
  const Choice choice = decide_choice(all, options);
  return {choice, std::move(all)};
}

/// One candidate that is better than the sound one in everything but what `spoil` does to it.
std::vector<std::string> lost_by(const std::function<void(Candidate&)>& spoil) {
  auto better = candidate("better", 0, 100);
  spoil(better);
  const auto [choice, all] = decided({better, candidate("sound", 5, 10)});
  REQUIRE(choice.index == 1);
  CHECK(all[1].lost_by.empty());
  return words(all[0]);
}

void let_escape(Candidate& one) {
  DecisionCounts defective, good;
  defective.add(Decision::flagged, 19);
  defective.add(Decision::passed, 1);
  good.add(Decision::passed, 20);
  one.figures = operating_figures(defective, good, 0.95);
}

}  // namespace

TEST_CASE("defective images in ERROR are no evidence that none escapes") {
  std::vector<Candidate> all{candidate("blind", 0, 10)};
  DecisionCounts defective, good;
  defective.add(Decision::not_judged, 300);
  good.add(Decision::passed, 20);
  all[0].figures = operating_figures(defective, good, 0.95);
  CHECK(decide_choice(all, rules()).state == Choice::State::insufficient_evidence);
  CHECK(words(all[0]) == std::vector<std::string>{"not_judged"});
  CHECK_FALSE(all[0].pareto);
  CHECK_THAT(sentence(all[0].lost_by[0]), ContainsSubstring("300 of 300 defective images"));
  CHECK_FALSE(chosen_escape_rate_upper(*all[0].figures, 1).has_value());
}

TEST_CASE("each rule alone makes the best package lose", "[choose]") {
  using Words = std::vector<std::string>;
  CHECK(lost_by(let_escape) == Words{"escapes"});
  CHECK(lost_by([](auto& c) { c.license = "AGPL-3.0"; }) == Words{"license"});
  CHECK(lost_by([](auto& c) { c.speed->images_per_s = 4.9; }) == Words{"speed"});
  CHECK(lost_by([](auto& c) { c.peak_rss_mib = 500.1; }) == Words{"ram"});
  CHECK(lost_by([](auto& c) {
          c.device = "cuda:0";
          c.peak_vram_mib = 1001;
        }) == Words{"vram"});
  CHECK(lost_by([](auto& c) { c.device = "cuda:0"; }) == Words{"vram_not_measured"});
  CHECK(lost_by([](auto& c) { c.peak_rss_mib.reset(); }) == Words{"ram_not_measured"});
  CHECK(lost_by([](auto& c) {
          c.unusable = LostBy{"unusable", false, {{"why", "no model.json"}}};
          c.figures.reset();
          c.speed.reset();
        }) == Words{"unusable"});
  CHECK(lost_by([](auto& c) {
          let_escape(c);
          c.license = "AGPL-3.0";
        }) == Words{"escapes", "license"});
}

TEST_CASE("a package exactly at the limits meets them", "[choose]") {
  auto edge = candidate("edge", 0, 5);
  edge.peak_rss_mib = 500;
  edge.device = "cuda:0";
  edge.peak_vram_mib = 1000;
  CHECK(decided({edge}).first.index == 0);
}

TEST_CASE("the most accurate wins, then the faster, then the smaller, then the first", "[choose]") {
  // 40 images: 2 and 3 overkills are accuracies of 38/40 and 37/40.
  auto [choice, all] = decided({candidate("a", 3, 90), candidate("b", 2, 10)});
  CHECK(choice.index == 1);
  CHECK(sentence(all[0].lost_by.at(0)) ==
        "less accurate: 0.9250, the chosen one 0.9500 (3 overkills, 2)");
  std::tie(choice, all) = decided({candidate("a", 2, 9), candidate("b", 2, 10)});
  CHECK(choice.index == 1);
  CHECK(sentence(all[0].lost_by.at(0)) ==
        "as accurate as the chosen one, but slower: 9 images/s, 10");
  auto small = candidate("b", 2, 10);
  small.peak_rss_mib = 200;
  CHECK(decided({candidate("a", 2, 10), small}).first.index == 1);
  std::tie(choice, all) = decided({candidate("a", 2, 10), candidate("b", 2, 10)});
  CHECK(choice.index == 0);
  CHECK(words(all[1]) == std::vector<std::string>{"equal"});
}

TEST_CASE("a speed that is not VALID is met only by its slowest window", "[choose]") {
  const auto with_slowest = [](double slowest) {
    auto one = candidate("a", 0, 100);
    one.speed = PackageSpeed{100, slowest, false, {"load by others"}};
    return decided({one});
  };
  CHECK(with_slowest(5).first.index == 0);
  const auto [choice, all] = with_slowest(4.99);
  CHECK_FALSE(choice.index);
  CHECK(choice.state == Choice::State::insufficient_evidence);
  CHECK_THAT(sentence(all[0].lost_by.at(0)), ContainsSubstring("load by others"));
}

TEST_CASE("nobody wins: not met, or not shown", "[choose]") {
  auto slow = candidate("slow", 0, 1);
  CHECK(decided({slow}).first.state == Choice::State::none);
  DecisionCounts none, good;
  good.add(Decision::passed, 20);
  auto unseen = candidate("unseen", 0, 100);
  unseen.figures = operating_figures(none, good, 0.95);
  auto [choice, all] = decided({slow, unseen});
  CHECK(choice.state == Choice::State::insufficient_evidence);
  CHECK(words(all[1]) == std::vector<std::string>{"no_defective"});
  // More defective images could not help one whose licence is not allowed either.
  unseen.license = "AGPL-3.0";
  CHECK(decided({slow, unseen}).first.state == Choice::State::none);
}

TEST_CASE("the bound of the best of several is wider than that of one", "[choose]") {
  // 0 of 20: 1 - 0.05^(1/20) for one; Bonferroni for three: 1 - (0.05/3)^(1/20).
  const auto one = candidate("a", 0, 10);
  CHECK(*chosen_escape_rate_upper(*one.figures, 1) == Approx(1 - std::pow(0.05, 1 / 20.0)));
  CHECK(*chosen_escape_rate_upper(*one.figures, 3) == Approx(1 - std::pow(0.05 / 3, 1 / 20.0)));
}

TEST_CASE("more images are asked for only where they are needed", "[choose]") {
  // 0 of 298 shows 1 - 0.05^(1/298) = 1.0003 %, 0 of 299 0.9969 %.
  const auto page_of = [](std::uint64_t defective) {
    auto one = candidate("a", 0, 10);
    DecisionCounts bad, good;
    bad.add(Decision::flagged, defective);
    good.add(Decision::passed, 20);
    one.figures = operating_figures(bad, good, 0.95);
    const auto [choice, all] = decided({one});
    std::ostringstream page;
    print_choice(choose_json(all, choice, rules(), Json::object()), page);
    return page.str();
  };
  CHECK_THAT(page_of(298), ContainsSubstring(" Without an escape, 1 more defective images show"));
  CHECK_THAT(page_of(299), !ContainsSubstring("Without an escape"));
}

TEST_CASE("the Pareto front holds what nothing without an escape beats in both", "[choose]") {
  auto escaping = candidate("d", 0, 1000);
  let_escape(escaping);
  const auto [choice, all] = decided({candidate("a", 0, 10), candidate("b", 5, 50),
                                      candidate("c", 5, 40), escaping, candidate("e", 9, 60)});
  std::string front;
  for (const Candidate& one : all)
    if (one.pareto) front += one.package;
  CHECK(front == "abe");
}

namespace {

/// A labelled set of 4 bright (defective) and 4 dark images, and packages whose "measurements" are
/// written by the test instead of a child.
struct Desk {
  TempFolder folder;
  ChooseOptions options;
  std::map<std::string, double> fps;                 ///< by the package's folder name
  std::map<std::string, int> escapes, overkills;     ///< images judged wrongly
  std::map<std::string, MeasurementEnd> inspection;  ///< ends that way instead
  std::string calibrated_on;                         ///< SHA-256 in the run's calibration list

  Desk() {
    for (int i = 0; i < 4; ++i) {
      write_file(folder / fmt::format("set/bright/{}.pgm", i), gray_pgm(8, 8, 200 + i));
      write_file(folder / fmt::format("set/dark/{}.pgm", i), gray_pgm(8, 8, 10 + i));
    }
    options.inputs = {folder / "set"};
    options.output = folder / "out";
    options.quiet = true;
  }
  void add(const std::string& name, double rate, int wrong_good = 0, int wrong_bad = 0) {
    options.packages.push_back(write_package(folder / name, "weights of " + name));
    fps[name] = rate;
    overkills[name] = wrong_good;
    escapes[name] = wrong_bad;
  }

  void write_run(const PackageOrder& order) const {
    const std::string name = order.package.filename();
    Json limits{{"review_at", 0.25}, {"reject_at", 0.75}};
    if (!calibrated_on.empty()) {
      const std::string list = calibrated_on + "\n";
      limits["calibration_images"] = {{"images", 1}, {"sha256", sha256_hex(list)}};
      write_file(order.folder / "run/calibration_images.txt", list);
    }
    const Json run{
        {"schema", "zeromiss-run/1"},
        {"images", 8},
        {"model",
         {{"name", "mean"},
          {"task", "classification"},
          {"classes",
           {{{"name", "dark"}, {"defect", false}}, {{"name", "bright"}, {"defect", true}}}}}},
        {"limits", limits}};
    write_file(order.folder / "run/run.json", run.dump());
    std::string lines;
    for (const char* truth : {"bright", "dark"})
      for (int i = 0; i < 4; ++i) {
        const bool bad = truth[0] == 'b';
        const bool wrong = i < (bad ? escapes : overkills).at(name);
        const bool reject = bad != wrong;
        const double score = reject ? 0.9 : 0.1;
        lines += Json{{"image", fmt::format("{}/{}.pgm", truth, i)},
                      {"bytes", 75},
                      {"sha256", std::string(63, bad ? 'b' : 'd') + std::to_string(i)},
                      {"width", 8},
                      {"height", 8},
                      {"verdict", reject ? "REJECT" : "PASS"},
                      {"score", score},
                      {"label", reject ? "bright" : "dark"},
                      {"probabilities", {1 - score, score}}}
                     .dump() +
                 "\n";
      }
    write_file(order.folder / "run/results.jsonl", lines);
    write_file(order.folder / "memory.json", R"({"peak_rss_mib": 123.5})");
  }
  void write_speed(const PackageOrder& order) const {
    const double rate = fps.at(order.package.filename());
    write_file(order.folder / "speed/benchmark.json",
               Json{{"end_to_end_images_per_s", rate},
                    {"end_to_end", {{"windows", {rate, 0.9 * rate}}}},
                    {"valid", true},
                    {"reasons", Json::array()},
                    {"invalid", Json::array()},
                    {"environment", {{"device", "cpu"}}},
                    {"peak_vram_mib", nullptr}}
                   .dump());
  }
  int run(std::ostream& out) {
    return choose(
        options,
        [this](const PackageOrder& order) {
          const auto end = inspection.find(order.package.filename());
          if (end != inspection.end()) return end->second;
          order.what == Measurement::inspection ? write_run(order) : write_speed(order);
          return MeasurementEnd{};
        },
        out);
  }
  [[nodiscard]] Json json() const { return Json::parse(read_file(options.output / kChooseFile)); }
};

}  // namespace

TEST_CASE("choose scores, decides and writes down what each package lost by", "[choose]") {
  Desk desk;
  desk.add("fast", 50, 2);
  desk.add("sharp", 20, 1);
  desk.add("escaping", 90, 0, 1);
  desk.add("broken", 90);
  desk.inspection["broken"] = {3, "model.pt: is no TorchScript archive"};
  std::ostringstream page;
  CHECK(desk.run(page) == 0);
  const Json json = desk.json();
  CHECK(json.at("schema") == "zeromiss-choose/1");
  CHECK(json.at("state") == "chosen");
  CHECK(json.at("chosen") == 1);
  const Json& all = json.at("candidates");
  CHECK(all[1].at("outcome") == "chosen");
  CHECK(all[1].at("figures").at("accuracy") == 7.0 / 8);
  CHECK(all[1].at("peak_rss_mib") == 123.5);
  CHECK(all[1].at("precision") == "fp32");  // of its limits
  CHECK(all[0].at("reason") == "less accurate: 0.7500, the chosen one 0.8750 (2 overkills, 1)");
  CHECK(all[2].at("reason") == "1 of 4 defective images escape");
  CHECK(all[3].at("reason") == "it cannot be used: model.pt: is no TorchScript archive");
  CHECK(all[3].at("figures").is_null());
  // 0 of 4 for one, and for the best of the three that were scored.
  CHECK(json.at("evidence").at("escape_rate_upper").get<double>() ==
        Approx(1 - std::pow(0.05, 0.25)));
  CHECK(json.at("evidence").at("escape_rate_upper_of_best").get<double>() ==
        Approx(1 - std::pow(0.05 / 3, 0.25)));
  CHECK(json.at("evidence").at("more_for_1_percent") == 299 - 4);
  CHECK_THAT(page.str(), ContainsSubstring("escaping lost: 1 of 4 defective images escape"));
  CHECK(std::filesystem::exists(desk.options.output / "packages/2/metrics/metrics.json"));
  CHECK(std::filesystem::exists(desk.options.output / "report.html"));
}

TEST_CASE("nobody qualifies: 1 where rules are not met, 8 where evidence lacks", "[choose]") {
  std::ostringstream page;
  {
    Desk desk;
    desk.add("slow", 0.5);
    CHECK(desk.run(page) == 1);
    CHECK(desk.json().at("chosen").is_null());
    CHECK_THAT(page.str(), ContainsSubstring("No package meets all that was asked for."));
  }
  Desk desk;
  desk.add("calibrated", 50);
  desk.calibrated_on = std::string(63, 'b') + "2";
  CHECK(desk.run(page) == 8);
  CHECK(desk.json().at("candidates")[0].at("lost_by")[0].at("rule") == "calibration_images");
  desk.calibrated_on = std::string(64, '0');  // another image
  desk.options.overwrite = true;
  CHECK(desk.run(page) == 0);
}

TEST_CASE("trouble that is not a package's ends the choice", "[choose]") {
  Desk desk;
  std::ostringstream page;
  desk.add("a", 50);
  desk.add("b", 50);
  const auto kind = [&] {
    try {
      desk.options.overwrite = true;
      static_cast<void>(desk.run(page));
    } catch (const Error& error) {
      return exit_code(error.kind());
    }
    return 0;
  };
  desk.inspection["a"] = {5, "disk full"};
  CHECK(kind() == 5);
  desk.inspection["a"] = {6, "no usable GPU"};
  CHECK(kind() == 0);  // b could
  desk.inspection["b"] = {6, "no usable GPU"};
  CHECK(kind() == 6);
  desk.inspection.clear();
  desk.options.ground_truth = desk.folder / "nowhere";
  CHECK(kind() == 3);
  desk.options.ground_truth.clear();
  desk.options.output = desk.folder / "set/out";
  CHECK(kind() == 2);
  desk.options.output = desk.folder / "out";
  desk.options.packages.push_back(desk.options.packages.front() / "");
  CHECK(kind() == 2);
  desk.options.packages.clear();
  CHECK(kind() == 2);
}
