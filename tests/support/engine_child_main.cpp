// A program whose only life is that of an engine child, with a model that does what its archive
// says: "run: ACTION" when a batch has a mid-gray pixel (128 of 255), "load: ACTION" at the load.
#include "support/attempts.hpp"
#include "support/fake_engine.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/model/isolation.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <map>
#include <new>
#include <string>
#include <thread>

namespace {

using namespace zeromiss;
using namespace zeromiss::test;
using Outputs = std::vector<Tensor>;
constexpr int kSocket = 3;

[[noreturn]] void wait_for_ever() {
  while (true) std::this_thread::sleep_for(std::chrono::hours(1));
}

void send_words(std::initializer_list<std::uint64_t> words) {
  static_cast<void>(!::write(kSocket, words.begin(), words.size() * sizeof(std::uint64_t)));
}

Outputs leak() {
  std::vector<std::string> blocks;
  while (true) blocks.emplace_back(std::size_t{16} << 20U, 'x');
}

/// What `text` ("NUMBER FOLDER") says: 1 when the attempt succeeded, 0 when not.
Outputs try_one(const std::string& text, const InputBatch& batch) {
  const std::size_t space = text.find(' ');
  const auto list = attempts(text.substr(space + 1));
  const bool done = list.at(std::stoul(text)).succeeds();
  const auto images = static_cast<std::size_t>(batch.images);
  return {{"", {batch.images}, std::vector<float>(images, done ? 1.0F : 0.0F)}};
}

Outputs act(const std::string& what, const InputBatch& batch) {
  const std::map<std::string, std::function<Outputs()>> actions{
      {"exit", []() -> Outputs { std::quick_exit(0); }},
      {"exit 3", []() -> Outputs { ::_exit(3); }},
      {"abort", []() -> Outputs { std::abort(); }},
      {"segfault", []() -> Outputs { ::raise(SIGSEGV), wait_for_ever(); }},
      {"null pointer",
       []() -> Outputs { return *static_cast<volatile int*>(nullptr) = 1, Outputs{}; }},
      {"loop", []() -> Outputs { wait_for_ever(); }},
      {"spin",
       []() -> Outputs {
         volatile bool on = true;
         while (on) continue;
         return {};
       }},
      {"leak", leak},
      {"throw", []() -> Outputs { throw ItemError("model.failed", "the model failed: it threw"); }},
      {"made-up code", []() -> Outputs { throw ItemError("all.is.well", "PASS\nPASS"); }},
      {"throw 1", []() -> Outputs { throw 1; }},
      {"terminate in a thread",
       []() -> Outputs { std::thread([] { throw 1; }).join(), wait_for_ever(); }},
      {"threads",
       [&]() -> Outputs {
         Outputs outputs;
         std::thread([&] { outputs = mean_outputs(batch); }).join();
         return outputs;
       }},
      {"hang up", []() -> Outputs { ::close(kSocket), wait_for_ever(); }},
      {"garbage",
       []() -> Outputs {
         send_words({0xDEAD, 0xBEEF}), wait_for_ever();
       }},
      {"one byte",
       []() -> Outputs { static_cast<void>(!::write(kSocket, "x", 1)), wait_for_ever(); }},
      {"long packet",
       []() -> Outputs {
         const std::string text(150'000, 'x');
         static_cast<void>(!::write(kSocket, text.data(), text.size()));
         wait_for_ever();
       }},
      // kind 5 is Message::outputs; number of the batch, outputs, length of the name, dimensions,
      // shape
      {"huge claim",
       []() -> Outputs {
         send_words({5, 1, 1, 0, 0, 2, 4, 1ULL << 62U}), wait_for_ever();
       }},
      {"product that overflows",
       []() -> Outputs {
         send_words({5, 1, 1, 0, 0, 3, 4, 1ULL << 24U, 1ULL << 38U}), wait_for_ever();
       }},
      {"more than the arena",
       []() -> Outputs {
         send_words({5, 1, 1, 0, 0, 2, 4, 1ULL << 25U}), wait_for_ever();
       }},
      {"too many outputs",
       []() -> Outputs {
         send_words({5, 1, 5000}), wait_for_ever();
       }},
      {"a thousand dimensions",
       []() -> Outputs {
         send_words({5, 1, 1, 0, 0, 1000}), wait_for_ever();
       }},
      {"three rows",
       []() -> Outputs {
         send_words({5, 1, 1, 0, 0, 2, 3, 2}), wait_for_ever();
       }},
      {"no dimensions",
       []() -> Outputs {
         send_words({5, 1, 1, 0, 0, 0}), wait_for_ever();
       }},
      {"of no image",
       []() -> Outputs {
         send_words({5, 1, 1, 0, 5, 1, 1}), wait_for_ever();
       }},
      {"of one image",
       []() -> Outputs {
         return {{"boxes", {0, 4}, {}, 3}, {"scores", {2}, {1, 2}, 1}};
       }},
      {"another batch",
       []() -> Outputs {
         send_words({5, 9, 0}), wait_for_ever();
       }},
      {"something behind",
       []() -> Outputs {
         send_words({5, 1, 0, 7}), wait_for_ever();
       }},
      {"long output",
       [&]() -> Outputs {
         return {{"", {batch.images, 20'000'000}, std::vector<float>(80'000'000)}};
       }},
      {"many outputs", [&]() -> Outputs { return Outputs(5000, mean_outputs(batch)[0]); }},
  };
  if (what.rfind("try ", 0) == 0) return try_one(what.substr(4), batch);
  return actions.at(what)();
}

std::unique_ptr<Engine> load(std::span<const std::uint8_t> archive, const EngineOptions& options) {
  const std::string text(archive.begin(), archive.end());
  const InputBatch none(options.images, 1, 1, 1);
  if (text == "load: refuse") throw Error(ErrorKind::input, "model.pt: cannot be loaded: no model");
  if (text.rfind("load: ", 0) == 0) act(text.substr(6), none);
  return std::make_unique<FakeEngine>([text](const InputBatch& batch) {
    const auto gray = [](float value) { return value >= 0.5F && value < 0.51F; };
    const bool now = std::any_of(batch.data.begin(), batch.data.end(), gray);
    return now && text.rfind("run: ", 0) == 0 ? act(text.substr(5), batch) : mean_outputs(batch);
  });
}

}  // namespace

int main() { zeromiss::run_engine_child(load); }
