#include "bench_sweep.hpp"

#include "batch_size.hpp"

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

std::vector<Precision> precisions(const std::string& option, std::string_view text) {
  std::vector<Precision> found;
  while (true) {
    const auto comma = std::min(text.find(','), text.size());
    const auto precision = precision_named(text.substr(0, comma));
    if (!precision)
      throw Error(ErrorKind::usage,
                  fmt::format("--sweep {}: expected fp32, bf16 or fp16 separated by commas",
                              printable(option)));
    found.push_back(*precision);
    if (comma == text.size()) return found;
    text.remove_prefix(comma + 1);
  }
}

/// One key of a sweep; `value` reads what stands behind "=".
template <class List, class Read>
void take(List& list, const std::string& text, const Read& value) {
  if (!list.empty())
    throw Error(ErrorKind::usage,
                fmt::format("--sweep: {} is given twice", text.substr(0, text.find('='))));
  list = value(text, std::string_view(text).substr(text.find('=') + 1));
}

}  // namespace

SweepPlan parse_sweep(const std::vector<std::string>& texts, int batch, int threads,
                      Precision precision) {
  SweepPlan plan;
  for (const std::string& text : texts) {
    if (text.starts_with("batch="))
      take(plan.batches, text, numbers);
    else if (text.starts_with("threads="))
      take(plan.threads, text, numbers);
    else if (text.starts_with("precision="))
      take(plan.precisions, text, precisions);
    else
      throw Error(
          ErrorKind::usage,
          fmt::format("--sweep {}: expected batch=1,2,4, threads=1,2 or precision=fp32,bf16",
                      printable(text)));
  }
  if (texts.empty()) return plan;
  if (plan.batches.empty()) plan.batches = {batch};
  if (plan.threads.empty()) plan.threads = {threads};
  if (plan.precisions.empty()) plan.precisions = {precision};
  return plan;
}

int most_threads(const std::vector<std::string>& texts) {
  const auto plan = parse_sweep(texts, 1, 1);
  return plan.threads.empty() ? 1 : *std::max_element(plan.threads.begin(), plan.threads.end());
}

std::vector<SweepRow> sweep(
    const SweepPlan& plan, const std::function<std::unique_ptr<Engine>(int, Precision)>& load,
    const std::function<PipelineSetup(Engine&, int batch, int workers)>& setup, double seconds) {
  std::vector<SweepRow> rows;
  for (const Precision precision : plan.precisions)
    for (const int batch : plan.batches)
      for (const int threads : plan.threads) rows.push_back({batch, threads, precision, {}});
  if (rows.empty()) return rows;
  const auto spreads = measure_in_turn(rows.size(), [&](std::size_t i) {
    const auto engine = load(rows[i].batch, rows[i].precision);
    return measure_pipeline(setup(*engine, rows[i].batch, rows[i].threads), seconds).windows;
  });
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].images_per_s = spreads[i];
  return rows;
}

}  // namespace zeromiss
