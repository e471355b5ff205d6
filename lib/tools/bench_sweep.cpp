#include "bench_sweep.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace zeromiss {
namespace {

constexpr int kMost = 1024;

std::vector<int> numbers(const std::string& option, std::string_view text) {
  std::vector<int> found;
  while (true) {
    const auto comma = std::min(text.find(','), text.size());
    int value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + comma, value);
    if (problem != std::errc() || end != text.data() + comma || value < 1 || value > kMost)
      throw Error(ErrorKind::usage,
                  fmt::format("--sweep {}: expected whole numbers from 1 to {} separated by commas",
                              printable(option), kMost));
    found.push_back(value);
    if (comma == text.size()) return found;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace

SweepPlan parse_sweep(const std::vector<std::string>& texts, int batch, int threads) {
  SweepPlan plan;
  for (const std::string& text : texts) {
    const auto equals = text.find('=');
    const std::string key = text.substr(0, equals);
    if (equals == std::string::npos || (key != "batch" && key != "threads"))
      throw Error(ErrorKind::usage,
                  fmt::format("--sweep {}: expected batch=1,2,4 or threads=1,2", printable(text)));
    auto& list = key == "batch" ? plan.batches : plan.threads;
    if (!list.empty())
      throw Error(ErrorKind::usage, fmt::format("--sweep: {} is given twice", key));
    list = numbers(text, std::string_view(text).substr(equals + 1));
  }
  if (texts.empty()) return plan;
  if (plan.batches.empty()) plan.batches = {batch};
  if (plan.threads.empty()) plan.threads = {threads};
  return plan;
}

int most_threads(const std::vector<std::string>& texts) {
  const auto plan = parse_sweep(texts, 1, 1);
  return plan.threads.empty() ? 1 : *std::max_element(plan.threads.begin(), plan.threads.end());
}

std::vector<SweepRow> sweep(
    const SweepPlan& plan, const std::function<std::unique_ptr<Engine>(int)>& load,
    const std::function<PipelineSetup(Engine&, int batch, int workers)>& setup, double seconds) {
  struct Combination {
    int batch, threads;
    std::vector<double> windows;
  };
  std::vector<Combination> all;
  for (const int batch : plan.batches)
    for (const int threads : plan.threads) all.push_back({batch, threads, {}});
  for (int round = 0; round < 2; ++round)
    for (Combination& one : all) {
      const auto engine = load(one.batch);
      const auto found = measure_pipeline(setup(*engine, one.batch, one.threads), seconds);
      one.windows.insert(one.windows.end(), found.windows.begin(), found.windows.end());
    }
  std::vector<SweepRow> rows;
  for (const Combination& one : all)
    rows.push_back({one.batch, one.threads, spread_of(one.windows)});
  return rows;
}

}  // namespace zeromiss
