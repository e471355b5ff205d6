#include "bench_pipeline.hpp"

#include "pipeline.hpp"
#include "run_folder.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/base/stop.hpp>
#include <zeromiss/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <string_view>

namespace zeromiss {
namespace {

constexpr int kWindows = 9;
constexpr int kMostWarmUps = 10;
constexpr double kAgree = 0.05;
constexpr std::uint64_t kSlicesPerWindow =
    4;  ///< a worker, at least: a slice more or less is then little
constexpr std::size_t kLatencies = 100;  ///< at least, unless time is up

using Names = std::set<std::string>;

std::vector<Record> records_in(std::string_view lines) {
  std::vector<Record> records;
  while (!lines.empty()) {
    const auto end = lines.find('\n');
    records.push_back(
        parse_record(lines.substr(0, end), "benchmark", records.size() + 1, ErrorKind::input));
    lines.remove_prefix(end + 1);
  }
  return records;
}

[[noreturn]] void refuse_error(const Record& record) {
  throw Error(ErrorKind::input, fmt::format("{}: {}: {}; expected a picture that stays as it was "
                                            "when the benchmark began, and a model that judges it "
                                            "every time",
                                            printable(record.image), record.error->code,
                                            printable(record.error->message)));
}

/// Images that the model cannot judge, every time. The sample was sound when it was taken, so
/// whatever else is wrong with one happened since.
Names errors_of(const std::string& lines) {
  Names names;
  for (const Record& record : records_in(lines)) {
    if (!record.error) continue;
    if (!record.error->code.starts_with("model.")) refuse_error(record);
    names.insert(record.image);
  }
  return names;
}

/// An ERROR record is made sooner than a verdict: counted as inspected it would be a speed that
/// nobody gets.
void require_inspected(const SliceResult& slice, const Names& known) {
  if (slice.tally.error == 0) return;
  for (const Record& record : records_in(slice.lines))
    if (record.error && !known.contains(record.image)) refuse_error(record);
}

/// When the records of each slice were written, and what its stages took.
struct Trace {
  std::vector<double> times;          ///< of each slice's end; the first is the start of the run
  std::vector<std::uint64_t> images;  ///< up to each of these times
  StageSeconds stages{};
};

std::uint64_t images_per_slice(const PipelineSetup& setup) {
  return static_cast<std::uint64_t>(setup.preparer.slice(setup.batch));
}

Trace run_once(const PipelineSetup& setup, std::uint64_t slices, const Names& errors) {
  const std::uint64_t per_slice = images_per_slice(setup);
  const std::uint64_t distinct = setup.sample.listing.images.size();
  const Listing listing = repeated(setup.sample, (slices * per_slice + distinct - 1) / distinct);
  const SliceRunner runner(listing, setup.package, setup.limits, setup.preparer, setup.engine,
                           setup.batch);
  RecordWriter writer(setup.scratch, Resumed{});
  Trace trace{{setup.now()}, {0}, {}};
  const auto append = [&](const SliceResult& slice) {
    require_inspected(slice, errors);
    writer.append(slice.lines, slice.modified);
    trace.times.push_back(setup.now());
    trace.images.push_back(trace.images.back() + slice.tally.images);
    for (std::size_t i = 0; i < trace.stages.size(); ++i) trace.stages[i] += slice.seconds[i];
  };
  run_pipeline(runner, {0, slices}, setup.workers + setup.engine.in_flight(),
               {append, [&] { writer.sync(); }});
  writer.close();
  require_not_stopped();
  return trace;
}

double rate(const Trace& trace, std::size_t from, std::size_t to) {
  const double seconds = trace.times[to] - trace.times[from];
  return static_cast<double>(trace.images[to] - trace.images[from]) / std::max(seconds, 1e-9);
}

std::string records_of_sample(const PipelineSetup& setup) {
  const std::uint64_t per_slice = images_per_slice(setup);
  const SliceRunner runner(setup.sample.listing, setup.package, setup.limits, setup.preparer,
                           setup.engine, setup.batch);
  std::string lines;
  for (std::uint64_t index = 0; index * per_slice < setup.sample.listing.images.size(); ++index)
    lines += runner.run(index).lines;
  return lines;
}

}  // namespace

std::vector<Record> records_of(const EndToEnd& measured) { return records_in(measured.lines); }

EndToEnd measure_pipeline(const PipelineSetup& setup, double seconds) {
  EndToEnd result;
  result.lines = records_of_sample(setup);
  const Names errors = errors_of(result.lines);
  const std::uint64_t least = kSlicesPerWindow * static_cast<std::uint64_t>(setup.workers);
  double earlier = 0, now = 0;
  for (int i = 0; i < kMostWarmUps && !result.warm; ++i) {
    const Trace trace = run_once(setup, least, errors);
    now = rate(trace, 0, trace.times.size() - 1);
    result.warm = earlier > 0 && std::abs(now - earlier) <= kAgree * earlier;
    earlier = now;
  }
  const double per_window = seconds / kWindows * now / static_cast<double>(images_per_slice(setup));
  const auto slices = std::max(least, static_cast<std::uint64_t>(std::ceil(per_window)));
  // The first window, in which the pipeline fills, does not count; neither do the last slices.
  const std::uint64_t all = slices * (kWindows + 1) + least;
  const Trace trace = run_once(setup, all, errors);
  for (std::uint64_t window = 1; window <= kWindows; ++window)
    result.windows.push_back(rate(trace, window * slices, (window + 1) * slices));
  result.images_per_s = spread_of(result.windows);
  const std::size_t first = slices, last = slices * (kWindows + 1);
  result.images = trace.images[last] - trace.images[first];
  result.seconds = trace.times[last] - trace.times[first];
  const double wall = trace.times.back() - trace.times.front();
  result.stage_coverage = std::accumulate(trace.stages.begin(), trace.stages.end(), 0.0) /
                          std::max(wall * (setup.workers + setup.engine.in_flight()), 1e-9);
  return result;
}

void require_not_stopped() {
  if (stop_signal() != 0)
    throw Error(ErrorKind::evidence, "stopped by a signal: nothing was measured to its end");
}

std::vector<double> measure_latency(const PipelineSetup& setup, const std::string& lines,
                                    double seconds) {
  const Names errors = errors_of(lines);
  const SliceRunner runner(setup.sample.listing, setup.package, setup.limits, setup.preparer,
                           setup.engine, setup.batch);
  const std::size_t images = setup.sample.listing.images.size();
  for (std::size_t i = 0; i < std::min<std::size_t>(images, 3); ++i)
    static_cast<void>(runner.run(i));  // warm-up
  std::vector<double> latencies;
  const double start = setup.now();
  while (stop_signal() == 0 && (latencies.size() < kLatencies || setup.now() - start < seconds)) {
    const double begin = setup.now();
    const SliceResult slice = runner.run(latencies.size() % images);
    latencies.push_back(setup.now() - begin);
    require_inspected(slice, errors);
    constexpr double kPatience = 10;  // times the asked-for length, for very slow models
    if (latencies.size() >= kLatencies / 10 && setup.now() - start > kPatience * seconds) break;
  }
  require_not_stopped();
  std::sort(latencies.begin(), latencies.end());
  return latencies;
}

}  // namespace zeromiss
