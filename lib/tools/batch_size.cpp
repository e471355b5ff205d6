#include "batch_size.hpp"

#include <zeromiss/base/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <future>
#include <limits>
#include <vector>

namespace zeromiss {
namespace {

constexpr std::array<int, 5> kCandidates{1, 2, 4, 8, 16};
constexpr int kRounds = 3;  // the fastest of three, so that a passing disturbance does not decide
constexpr int kImagesPerRound =
    16;  // for each worker and round: every candidate does the same work
constexpr double kCloseEnough = 0.97;

/// Seconds for one round of all workers together.
double round_seconds(Engine& engine, const Preparer& preparer, int batch, int threads) {
  const auto start = std::chrono::steady_clock::now();
  {
    std::vector<std::future<void>> workers;
    for (int worker = 0; worker < threads; ++worker)
      workers.push_back(std::async(std::launch::async, [&] {
        const InputBatch zeros(batch, preparer.channels(), preparer.height(), preparer.width());
        for (int done = 0; done < kImagesPerRound; done += batch) engine.run(zeros);
      }));
    for (auto& worker : workers) worker.get();
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

int fastest_batch(const std::function<std::unique_ptr<Engine>(int)>& load, const Preparer& preparer,
                  int threads) {
  std::array<double, kCandidates.size()> rates{};
  for (std::size_t i = 0; i < kCandidates.size(); ++i) {
    const auto engine = load(kCandidates[i]);
    double seconds = std::numeric_limits<double>::infinity();
    try {
      for (int round = 0; round < kRounds; ++round)
        seconds = std::min(seconds, round_seconds(*engine, preparer, kCandidates[i], threads));
    } catch (const ItemError& error) {
      throw Error(ErrorKind::input, fmt::format("--batch auto: {} images of zeros: {}",
                                                kCandidates[i], error.what()));
    }
    rates[i] = threads * kImagesPerRound / seconds;
  }
  const double best = *std::max_element(rates.begin(), rates.end());
  const auto chosen = std::find_if(rates.begin(), rates.end(),
                                   [&](double rate) { return rate >= kCloseEnough * best; });
  return kCandidates[static_cast<std::size_t>(chosen - rates.begin())];
}

}  // namespace zeromiss
