#include "batch_size.hpp"

#include "bench_stages.hpp"

#include <zeromiss/base/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace zeromiss {
namespace {

constexpr std::array<int, 5> kCandidates{1, 2, 4, 8, 16};
constexpr int kRounds = 2;
constexpr int kWindows = 5;
constexpr double kWindowSeconds = 0.1;  ///< at least; a batch may take longer
constexpr double kCloseEnough = 0.99;

}  // namespace

std::vector<Spread> measure_in_turn(
    std::size_t candidates, const std::function<std::vector<double>(std::size_t)>& windows) {
  std::vector<std::vector<double>> all(candidates);
  for (int round = 0; round < kRounds; ++round)
    for (std::size_t i = 0; i < candidates; ++i) {
      const auto found = windows(i);
      all[i].insert(all[i].end(), found.begin(), found.end());
    }
  std::vector<Spread> spreads;
  for (const auto& list : all) spreads.push_back(spread_of(list));
  return spreads;
}

int fastest_batch(const std::function<std::unique_ptr<Engine>(int)>& load, const Preparer& preparer,
                  int threads, const std::function<double()>& now) {
  const auto windows = [&](std::size_t candidate) -> std::vector<double> {
    const int batch = kCandidates.at(candidate);
    const auto engine = load(batch);
    const int workers = threads + engine->in_flight();
    const InputBatch zeros =
        engine->new_batch(batch, preparer.channels(), preparer.height(), preparer.width());
    const StageLoop loop{"infer", 1, static_cast<double>(batch),
                         [&](int, std::size_t) { static_cast<void>(engine->run(zeros)); }};
    std::vector<double> rates;
    try {
      seconds_per_image(loop, workers, 0, now);  // warm-up
      for (int window = 0; window < kWindows; ++window)
        rates.push_back(workers / seconds_per_image(loop, workers, kWindowSeconds, now));
    } catch (const ItemError& error) {
      if (error.code() == "model.memory") return {0.0};
      throw Error(ErrorKind::input,
                  fmt::format("--batch auto: {} images of zeros: {}", batch, error.what()));
    }
    return rates;
  };
  const auto rates = measure_in_turn(kCandidates.size(), windows);
  const auto slower = [](const Spread& a, const Spread& b) { return a.median < b.median; };
  const double best = std::max_element(rates.begin(), rates.end(), slower)->median;
  if (!(best > 0))
    throw Error(ErrorKind::device, "--batch auto: the device's memory does not hold one image");
  const auto chosen = std::find_if(rates.begin(), rates.end(), [&](const Spread& rate) {
    return rate.median >= kCloseEnough * best;
  });
  return kCandidates.at(static_cast<std::size_t>(chosen - rates.begin()));
}

int fastest_batch(const std::function<std::unique_ptr<Engine>(int)>& load, const Preparer& preparer,
                  int threads) {
  return fastest_batch(load, preparer, threads, [] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
  });
}

}  // namespace zeromiss
