// The whole of inspect on an engine made of a few lines: what LibTorch is not needed for.
#include "support/catch.hpp"
#include "support/fake_engine.hpp"
#include "support/packages.hpp"

#include <zeromiss/base/files.hpp>
#include <zeromiss/report/results_file.hpp>
#include <zeromiss/tools/inspect.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <atomic>
#include <limits>
#include <sstream>

using namespace zeromiss;
using namespace zeromiss::test;

namespace {

constexpr int kDark = 10, kBright = 250;

/// A package, a folder of `images` pictures that turn from dark to bright by turns, and the options
/// for them.
struct Lot {
  TempFolder folder;
  InspectOptions options;

  explicit Lot(int images = 20) {
    options.model = write_package(folder / "package", "weights");
    options.inputs = {folder / "lot"};
    options.output = folder / "out";
    options.batch = 4;
    options.threads = 3;
    options.no_html = true;
    options.quiet = true;
    for (int i = 0; i < images; ++i) write_picture(i, i % 2 == 0 ? kDark : kBright);
  }
  [[nodiscard]] std::filesystem::path picture(int index) const {
    return folder / "lot" / (std::to_string(1000 + index) + ".pgm");
  }
  void write_picture(int index, int gray) const {
    write_file(picture(index), gray_pgm(8, 8, gray));
  }
  [[nodiscard]] std::string results() const { return read_file(options.output / kResultsFile); }
  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> all;
    std::istringstream text(results());
    for (std::string line; std::getline(text, line);) all.push_back(line);
    return all;
  }
};

int run(const InspectOptions& options, const FakeEngine::Function& function = mean_outputs) {
  std::ostringstream out;
  return inspect(options, fake_loader(function), out);
}

ErrorKind refusal(const InspectOptions& options,
                  const FakeEngine::Function& function = mean_outputs) {
  try {
    run(options, function);
  } catch (const Error& error) {
    return error.kind();
  }
  FAIL("not refused");
  return ErrorKind::usage;
}

/// Behaves until `calls` passes were made (the self-test's among them), then like `later`.
FakeEngine::Function after(int calls, FakeEngine::Function later) {
  auto count = std::make_shared<std::atomic<int>>(0);
  return [=](const InputBatch& batch) {
    return (*count)++ < calls ? mean_outputs(batch) : later(batch);
  };
}
constexpr int kSelfTest = 2;

std::size_t count_of(const std::string& text, const std::string& what) {
  std::size_t count = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("every image gets its record, in order", "[inspect]") {
  const Lot lot(21);
  CHECK(run(lot.options) == 0);
  std::vector<std::string> names;
  for_each_record(lot.options.output / kResultsFile, ErrorKind::input, [&](const Record& record) {
    names.push_back(record.image);
    const bool dark = (std::stoi(record.image) % 2) == 0;
    CHECK(record.verdict == (dark ? VerdictKind::pass : VerdictKind::reject));
    CHECK(record.score.value() == Approx(bright_probability(dark ? kDark : kBright)).epsilon(1e-6));
  });
  REQUIRE(names.size() == 21);
  CHECK(std::is_sorted(names.begin(), names.end()));
}

TEST_CASE("records are the same bytes for any number of threads", "[inspect]") {
  Lot lot(41);
  run(lot.options);
  const std::string three = lot.results();
  for (const int threads : {1, 2, 8}) {
    lot.options.threads = threads;
    lot.options.overwrite = true;
    run(lot.options);
    CHECK(lot.results() == three);
  }
}

TEST_CASE("a bad image leaves its neighbours' records alone, to the byte", "[inspect][error]") {
  Lot lot(12);
  run(lot.options);
  const auto before = lot.lines();
  write_file(lot.picture(5), "P5\n8 8\n255\ncut");
  lot.options.overwrite = true;
  CHECK(run(lot.options) == 4);
  const auto after_damage = lot.lines();
  REQUIRE(after_damage.size() == before.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (i == 5) {
      CHECK(after_damage[i].find(R"("verdict":"ERROR")") != std::string::npos);
    } else {
      CHECK(after_damage[i] == before[i]);
    }
  }
}

TEST_CASE("a batch that throws is run again image by image", "[inspect][error]") {
  Lot lot(12);
  run(lot.options);
  const auto good = lot.lines();
  lot.write_picture(5, 128);
  lot.options.overwrite = true;
  const auto throws_on_gray = [](const InputBatch& batch) {
    const auto outputs = mean_outputs(batch);
    for (const float logit : outputs[0].data)
      if (logit > 0.0F && logit < 0.1F)
        throw ItemError("model.failed", "gray");  // 128/255 gives 0.0196
    return outputs;
  };
  CHECK(run(lot.options, throws_on_gray) == 4);
  const auto found = lot.lines();
  for (std::size_t i = 0; i < good.size(); ++i)
    if (i != 5) CHECK(found[i] == good[i]);
  CHECK(found[5].find("model.failed") != std::string::npos);
}

TEST_CASE("no fault of a model makes a PASS", "[inspect][error]") {
  const Lot lot(9);
  const auto [fault, function] = GENERATE(table<std::string, FakeEngine::Function>({
      {"throws", [](const InputBatch&) -> std::vector<Tensor> { throw ItemError("model.failed", "x"); }},
      {"an exception of another kind", [](const InputBatch&) -> std::vector<Tensor> { throw std::bad_alloc(); }},
      {"NaN",
       [](const InputBatch& batch) {
         auto outputs = mean_outputs(batch);
         for (float& value : outputs[0].data) value = std::numeric_limits<float>::quiet_NaN();
         return outputs;
       }},
      {"minus infinity",
       [](const InputBatch& batch) {
         auto outputs = mean_outputs(batch);
         for (float& value : outputs[0].data) value = -std::numeric_limits<float>::infinity();
         return outputs;
       }},
      {"another shape",
       [](const InputBatch& batch) {
         return std::vector<Tensor>{{"", {batch.images, 1}, std::vector<float>(static_cast<std::size_t>(batch.images))}};
       }},
      {"no output", [](const InputBatch&) { return std::vector<Tensor>{}; }},
  }));
  CAPTURE(fault);
  int code = -1;
  try {
    code = run(lot.options, after(kSelfTest, function));
  } catch (const std::exception&) {
    code = 70;  // the run ended: no summary may say otherwise
  }
  CHECK(code != 0);
  const bool complete = std::filesystem::exists(lot.options.output / kSummaryFile);
  CHECK(complete == (code == 4));
  CHECK(count_of(lot.results(), "PASS") == 0);
  CHECK(count_of(lot.results(), R"("verdict":"ERROR")") == (complete ? 9 : 0));
}

TEST_CASE("a broken model is refused and leaves no output folder", "[inspect][error]") {
  const Lot lot(3);
  CHECK(refusal(lot.options, [](const InputBatch&) { return std::vector<Tensor>{}; }) ==
        ErrorKind::input);
  CHECK_FALSE(std::filesystem::exists(lot.options.output));
}

TEST_CASE("a broken model leaves old results as they are", "[inspect][error]") {
  Lot lot(3);
  run(lot.options);
  const std::string before = lot.results();
  lot.options.overwrite = true;
  CHECK(refusal(lot.options, [](const InputBatch&) { return std::vector<Tensor>{}; }) ==
        ErrorKind::input);
  CHECK(lot.results() == before);
  CHECK(std::filesystem::exists(lot.options.output / kSummaryFile));
}

TEST_CASE("an interrupted run goes on to the same bytes, wherever it was cut",
          "[inspect][resume]") {
  Lot lot(18);
  run(lot.options);
  const std::string whole = lot.results();
  lot.options.resume = true;
  // The last place is behind all records, before the summary was there; the last slice is a short
  // one.
  const auto cut = GENERATE_COPY(range<std::size_t>(0, whole.size(), 397), values({whole.size()}));
  std::filesystem::remove(lot.options.output / kSummaryFile);
  std::filesystem::resize_file(lot.options.output / kResultsFile, cut);
  CHECK(run(lot.options) == 0);
  CHECK(lot.results() == whole);
  CHECK(std::filesystem::exists(lot.options.output / kSummaryFile));
}

TEST_CASE("a picture of another century does not displace the times of the others",
          "[inspect][resume]") {
  Lot lot(18);
  constexpr std::int64_t kYear = 31'556'952;
  int picture = 0;
  for (const std::int64_t year : {-69, 200, 330}) {  // 1901, 2170 and 2300
    const std::array<struct timespec, 2> times{{{year * kYear, 0}, {year * kYear, 0}}};
    REQUIRE(::utimensat(AT_FDCWD, lot.picture(picture++).c_str(), times.data(), 0) == 0);
  }
  run(lot.options);
  const std::string whole = lot.results();
  std::filesystem::remove(lot.options.output / kSummaryFile);
  std::filesystem::resize_file(lot.options.output / kResultsFile, whole.size() - 3);
  lot.options.resume = true;
  CHECK(run(lot.options) == 0);
  CHECK(lot.results() == whole);
}

TEST_CASE("a resumed run inspects only what is missing", "[inspect][resume]") {
  Lot lot(20);
  run(lot.options);
  std::filesystem::resize_file(lot.options.output / kResultsFile, lot.results().size() - 3);
  std::filesystem::remove(lot.options.output / kSummaryFile);
  lot.options.resume = true;
  std::atomic<int> passes{0};
  run(lot.options, [&](const InputBatch& batch) {
    ++passes;
    return mean_outputs(batch);
  });
  CHECK(passes == kSelfTest + 1);  // one slice of four
}

TEST_CASE("an old summary is gone while records are missing", "[inspect][resume][error]") {
  Lot lot(20);
  run(lot.options);
  std::filesystem::resize_file(lot.options.output / kResultsFile, lot.results().size() - 3);
  lot.options.resume = true;
  std::atomic<bool> seen{false};
  run(lot.options, after(kSelfTest, [&](const InputBatch& batch) {
        if (std::filesystem::exists(lot.options.output / kSummaryFile)) seen = true;
        return mean_outputs(batch);
      }));
  CHECK_FALSE(seen);
  CHECK(std::filesystem::exists(lot.options.output / kSummaryFile));
}

TEST_CASE("resume refuses what would mix two runs", "[inspect][resume][error]") {
  Lot lot(6);
  run(lot.options);
  lot.options.resume = true;
  SECTION("another limit") { lot.options.reject_at = 0.9; }
  SECTION("another batch") { lot.options.batch = 2; }
  SECTION("another list") { lot.write_picture(7, kDark); }
  SECTION("an image of another size") { write_file(lot.picture(2), gray_pgm(9, 9, kDark)); }
  SECTION("an image that is gone") { std::filesystem::remove(lot.picture(2)); }
  SECTION("an image modified later") {
    std::filesystem::last_write_time(
        lot.picture(2), std::filesystem::file_time_type::clock::now() + std::chrono::hours(1));
  }
  SECTION("records without their run.json") {
    std::filesystem::remove(lot.options.output / kRunFile);
  }
  SECTION("a damaged record") {
    std::string text = lot.results();
    text.replace(text.find("PASS"), 4, "PASs");
    write_file(lot.options.output / kResultsFile, text);
  }
  SECTION("another model") { write_package(lot.options.model, "other weights"); }
  CHECK(refusal(lot.options) == ErrorKind::input);
}

TEST_CASE("an image swapped behind an equal size and time is found by --verify",
          "[inspect][resume][error]") {
  Lot lot(6);
  run(lot.options);
  const auto time = std::filesystem::last_write_time(lot.picture(2));
  lot.write_picture(2, kBright);
  std::filesystem::last_write_time(lot.picture(2), time);
  lot.options.resume = true;
  CHECK(run(lot.options) == 0);
  lot.options.verify = true;
  CHECK(refusal(lot.options) == ErrorKind::input);
}

TEST_CASE("existing and locked outputs are refused", "[inspect][error]") {
  Lot lot(3);
  run(lot.options);
  CHECK(refusal(lot.options) == ErrorKind::output);
  lot.options.overwrite = true;
  const FolderLock other_run(lot.options.output);
  CHECK(refusal(lot.options) == ErrorKind::output);
}

TEST_CASE("the option --fail-on decides between 0 and 1, and goes before 4", "[inspect]") {
  Lot lot(4);
  write_file(lot.picture(0), "");
  lot.options.fail_on = FailOn::reject;
  CHECK(run(lot.options) == 1);
  lot.options.overwrite = true;
  lot.options.fail_on = FailOn::none;
  CHECK(run(lot.options) == 4);
}

TEST_CASE("pictures that no PASS may rest on end as ERROR with their code", "[inspect][error]") {
  Lot lot(0);
  write_file(lot.folder / "lot/empty.png", "");
  write_file(lot.folder / "lot/text.jpg", "hello");
  write_file(lot.folder / "lot/wide.pgm", "P5\n20000 20000\n255\n");
  std::filesystem::create_symlink("nowhere", lot.folder / "lot/broken.png");
  CHECK(run(lot.options) == 4);
  const auto lines = lot.lines();
  REQUIRE(lines.size() == 4);
  CHECK(lines[0].find("image.unreadable") != std::string::npos);
  CHECK(lines[0].find(R"("bytes":null,"sha256":null)") != std::string::npos);
  CHECK(lines[1].find("image.empty") != std::string::npos);
  CHECK(lines[2].find("image.format") != std::string::npos);
  CHECK(lines[3].find("image.too_large") != std::string::npos);
}

TEST_CASE("an isolated model that goes wrong costs its image alone, to the byte",
          "[inspect][isolation][error]") {
  const auto [action, code] =
      GENERATE(table<std::string, std::string>({{"run: abort", "model.crashed"},
                                                {"run: loop", "model.timeout"},
                                                {"run: throw", "model.failed"}}));
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  if (action == "run: throw") return;  // see tests/unit/model/isolation_test.cpp
#endif
  constexpr int kMidGray = 128, kCulprit = 5;
  Lot lot;
  write_package(lot.options.model, action);
  REQUIRE(run(lot.options) == kExitDone);
  const auto whole = lot.lines();
  lot.write_picture(kCulprit, kMidGray);
  lot.options.output = lot.folder / "isolated";
  lot.options.isolate = true;
  lot.options.image_timeout = 1;  // times 4 images: far more than a good batch takes
  lot.options.engine_child = ZEROMISS_TEST_CHILD;
  CHECK(run(lot.options) == kExitSomeImagesFailed);
  const auto lines = lot.lines();
  REQUIRE(lines.size() == whole.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    CAPTURE(action, i);
    if (i != kCulprit) CHECK(lines[i] == whole[i]);
  }
  CHECK(lines[kCulprit].find("\"verdict\":\"ERROR\"") != std::string::npos);
  CHECK(lines[kCulprit].find(code) != std::string::npos);
}

TEST_CASE("an isolated model that fails its start is refused", "[inspect][isolation][error]") {
  Lot lot;
  lot.options.isolate = true;
  lot.options.engine_child = ZEROMISS_TEST_CHILD;
  write_package(lot.options.model, "load: abort");
  CHECK(refusal(lot.options) == ErrorKind::input);
  // The golden image makes it loop: the self-test ends it.
  write_package(lot.options.model, "run: loop");
  write_file(lot.options.model / "golden/white.pgm", gray_pgm(8, 8, 128));
  lot.options.load_timeout = 0.5;
  CHECK(refusal(lot.options) == ErrorKind::input);
  CHECK_FALSE(std::filesystem::exists(lot.options.output));
}
