// A loop around LibTorch and nothing else: what the model alone could give on this machine.
//
//   bench_bare_loop MODEL.pt BATCH WORKERS SECONDS     images_per_s R, of BATCH x 3 x 224 x 224
//   (float32)
//
// As LibTorch's own guides have it: frozen, optimize_for_inference, inference mode, one thread and
// one input a worker; the tools' allocator, so that it counts for neither.

#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <torch/script.h>

#include <atomic>
#include <barrier>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Plan {
  std::int64_t batch = 0;
  int workers = 0;
  std::chrono::duration<double> seconds{};
};

/// Images that all workers together computed, after each has warmed up.
double images_per_s(torch::jit::Module& module, const Plan& plan) {
  constexpr int kWarmUp = 5;
  std::atomic<std::int64_t> images = 0;
  Clock::time_point begin;
  std::barrier warm(plan.workers, [&]() noexcept { begin = Clock::now(); });
  std::vector<std::jthread> workers;
  for (int i = 0; i < plan.workers; ++i)
    workers.emplace_back([&] {
      at::set_num_threads(1);
      const c10::InferenceMode guard;
      const std::vector<c10::IValue> input{torch::randn({plan.batch, 3, 224, 224})};
      for (int pass = 0; pass < kWarmUp; ++pass) module.forward(input);
      warm.arrive_and_wait();
      while (Clock::now() - begin < plan.seconds) {
        module.forward(input);
        images += plan.batch;
      }
    });
  workers.clear();
  return static_cast<double>(images) / std::chrono::duration<double>(Clock::now() - begin).count();
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 5) {
    std::fputs("usage: bench_bare_loop MODEL.pt BATCH WORKERS SECONDS\n", stderr);
    return 2;
  }
  at::set_num_threads(1);
  const c10::InferenceMode guard;
  torch::jit::Module module = torch::jit::load(argv[1]);
  module.eval();
  module = torch::jit::freeze(module);
  module = torch::jit::optimize_for_inference(module);
  const Plan plan{std::stoll(argv[2]), std::stoi(argv[3]),
                  std::chrono::duration<double>(std::stod(argv[4]))};
  std::printf("images_per_s %.3f\n", images_per_s(module, plan));
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_bare_loop: error: %s\n", error.what());
  return 1;
}
