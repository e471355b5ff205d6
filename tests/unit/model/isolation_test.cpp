#include "support/attempts.hpp"
#include "support/catch.hpp"
#include "support/engine_run.hpp"
#include "support/fake_engine.hpp"
#include "support/temp_folder.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/model/isolation.hpp>

#include <sys/wait.h>

#include <atomic>
#include <fstream>
#include <map>
#include <set>
#include <thread>

using namespace zeromiss;
using namespace zeromiss::test;
using namespace std::chrono_literals;

namespace {

IsolatedEngine start(const std::string& archive, IsolationOptions isolation = {}) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(archive.data());
  isolation.program = ZEROMISS_TEST_CHILD;
  return {{bytes, archive.size()}, {"auto", "model.pt", kImages, 1, 4, 4}, isolation};
}

InputBatch plain(float value) {
  InputBatch batch(kImages, 1, 4, 4);
  std::fill(batch.data.begin(), batch.data.end(), value);
  return batch;
}

/// The children act when they see it.
const InputBatch& trigger() {
  static const InputBatch batch = plain(0.5F);
  return batch;
}

bool works(Engine& engine) {
  const InputBatch batch = plain(0.75F);
  const auto outputs = engine.run(batch), expected = mean_outputs(batch);
  return outputs.size() == 1 && outputs[0].shape == expected[0].shape &&
         outputs[0].data == expected[0].data;
}

std::string refusal(const std::string& archive, const IsolationOptions& isolation = {}) {
  try {
    start(archive, isolation);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    return error.what();
  }
  return "started";
}

IsolationOptions quick(std::chrono::milliseconds limit) {
  IsolationOptions isolation;
  isolation.start_limit = limit;
  return isolation;
}

/// Processes whose parent we are.
std::set<std::string> children() {
  std::set<std::string> found;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream in(task.path() / "children");
    for (std::string child; in >> child;) found.insert(child);
  }
  return found;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;  // a sanitizer's shadow is not what RLIMIT_DATA is meant for
#else
constexpr bool kSanitized = false;
#endif

}  // namespace

TEST_CASE("an isolated model computes what it computes at home", "[isolation]") {
  IsolatedEngine engine = start("mean");
  CHECK(works(engine));
  CHECK(works(engine));
  CHECK(engine.device() == "cpu");
  CHECK(engine.library() == "fake 1");
  CHECK(engine.sandbox().find("MiB of memory") != std::string::npos);
}

TEST_CASE("outputs of single images come back as they are", "[isolation]") {
  IsolatedEngine engine = start("run: of one image");
  const auto outputs = engine.run(trigger());
  REQUIRE(outputs.size() == 2);
  CHECK(outputs[0].name == "boxes");
  CHECK(outputs[0].image == 3);
  CHECK(outputs[0].shape == std::vector<std::int64_t>{0, 4});
  CHECK(outputs[1].image == 1);
  CHECK(outputs[1].data == std::vector<float>{1, 2});
}

TEST_CASE("whatever a model does is an error of its batch, and the next one gets a fresh child",
          "[isolation][error]") {
  struct Case {
    const char *action, *expected;
  };
  const auto row = GENERATE(
      Case{"exit", "model.crashed: the model's process ended itself with exit code 0"},
      Case{"exit 3", "model.crashed: the model's process ended itself with exit code 3"},
      Case{"abort", "model.crashed: the model's process was killed by signal 6 (Aborted)"},
      Case{"segfault",
           "model.crashed: the model's process was killed by signal 11 "
           "(Segmentation fault)"},
      Case{"throw 1", "model.crashed: the model's process was killed by signal 6 (Aborted)"},
      Case{"terminate in a thread",
           "model.crashed: the model's process was killed by signal 6 (Aborted)"},
      Case{"hang up", "model.crashed: the model's process had to be killed"},
      Case{"garbage", "model.crashed: the model's process talks nonsense (not an answer)"},
      Case{"one byte",
           "model.crashed: the model's process talks nonsense (a message ends too "
           "early)"},
      Case{"long packet",
           "model.crashed: the model's process talks nonsense (a message is too "
           "long)"},
      Case{"huge claim",
           "model.crashed: the model's process talks nonsense (a number is out of "
           "range)"},
      Case{"product that overflows",
           "model.crashed: the model's process talks nonsense (a number is out of range)"},
      Case{"more than the arena",
           "model.crashed: the model's process talks nonsense (an output is too large)"},
      Case{"of no image",
           "model.crashed: the model's process talks nonsense (a number is out of range)"},
      Case{"of one image", "ran"},
      Case{"too many outputs",
           "model.crashed: the model's process talks nonsense (a number is out of range)"},
      Case{"a thousand dimensions",
           "model.crashed: the model's process talks nonsense (a number is out of range)"},
      Case{"three rows",
           "model.crashed: the model's process talks nonsense (an output has not a "
           "row for each image)"},
      Case{"no dimensions",
           "model.crashed: the model's process talks nonsense (an output has not "
           "a row for each image)"},
      Case{"another batch",
           "model.crashed: the model's process talks nonsense (the answer to another batch)"},
      Case{"something behind",
           "model.crashed: the model's process talks nonsense (a message is longer than it says)"},
      Case{"throw", "model.failed: the model failed: it threw"},
      Case{"made-up code", "model.failed: PASS PASS"},
      Case{"many outputs",
           "model.output: 5000 outputs, at most 4096 can be handed over with "
           "--isolate"},
      Case{"long output",
           "model.output: an output of 2 dimensions and 305 MiB cannot be handed "
           "over with --isolate; at most 8, and 256 MiB for all"},
      Case{"threads", "ran"});
  CAPTURE(row.action);
  // A sanitizer reports a fault itself, and looks at the stack of whatever is thrown, which takes
  // more than the sandbox allows.
  for (const char* theirs : {"segfault", "threads", "terminate in a thread", "throw",
                             "made-up code", "many outputs", "long output"})
    if (kSanitized && std::string(row.action) == theirs) return;
  IsolatedEngine engine = start(std::string("run: ") + row.action);
  CHECK(failure(engine, trigger()) == row.expected);
  CHECK(works(engine));
}

TEST_CASE("a model that gives no answer is ended after its time", "[isolation][error]") {
  const char* action = GENERATE("loop", "spin");
  IsolatedEngine engine = start(std::string("run: ") + action);
  engine.admit({}, 50ms);
  CHECK(failure(engine, trigger()) == "model.timeout: the model gave no answer within 0.2 s");
  engine.admit({}, 60s);
  CHECK(works(engine));
}

TEST_CASE("a model that takes memory without end dies of it, not the machine",
          "[isolation][error]") {
  if (kSanitized) return;
  IsolationOptions isolation;
  isolation.memory_bytes = 256U << 20U;
  IsolatedEngine engine = start("run: leak", isolation);
  CHECK(failure(engine, trigger()) == "model.failed: the model failed: out of memory");
  CHECK(works(engine));
}

TEST_CASE("a model that cannot be loaded is refused, however it fails", "[isolation][error]") {
  if (kSanitized) return;  // see above
  const std::string begin = "model.pt: cannot be loaded: ";
  CHECK(refusal("load: refuse") == begin + "no model");
  CHECK(refusal("load: exit") == begin + "the model's process ended itself with exit code 0");
  CHECK(refusal("load: abort") == begin + "the model's process was killed by signal 6 (Aborted)");
  CHECK(refusal("load: garbage") ==
        begin + "the model's process talks nonsense (neither loaded nor refused)");
  CHECK(refusal("load: loop", quick(300ms)) == begin + "the model gave no answer within 0.3 s");
  CHECK(children().empty());
}

TEST_CASE("a program that is no child is refused", "[isolation][error]") {
  IsolationOptions isolation;
  const EngineOptions options{"cpu", "model.pt", kImages, 1, 4, 4};
  isolation.program = "/bin/true";
  CHECK_THROWS_AS(IsolatedEngine({}, options, isolation), Error);
  isolation.program = "/no/such/program";
  CHECK_THROWS_AS(IsolatedEngine({}, options, isolation), Error);
}

TEST_CASE("a GPU cannot be shut in", "[isolation][error]") {
  IsolationOptions isolation;
  isolation.program = ZEROMISS_TEST_CHILD;
  try {
    IsolatedEngine({}, {"cuda:0", "model.pt", kImages, 1, 4, 4}, isolation);
    FAIL("started");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
  }
}

TEST_CASE("a child can do nothing but compute", "[isolation]") {
  const TempFolder folder;
  write_file(folder / "there", "content");
  if (kSanitized) return;  // see above
  const std::string sandbox = start("mean").sandbox();
  const bool seccomp = sandbox.rfind("seccomp", 0) == 0;
  const bool landlock = sandbox.find(", landlock") != std::string::npos;
  if (!seccomp || !landlock) WARN("partly skipped: this kernel has " + sandbox);
  const auto list = attempts(folder.path());
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string& what = list[i].what;
    CAPTURE(what);
    const bool reading = what.find("read ") == 0 || what.find("list ") == 0;
    if (!(list[i].deadly ? seccomp : seccomp && (landlock || !reading))) continue;
    // A process that is not shut in can do it; else nothing is shown here.
    if (what != "read its parent's environment") CHECK(list[i].succeeds());
    write_file(folder / "there", "content");
    IsolatedEngine engine = start("run: try " + std::to_string(i) + " " + folder.path().string());
    if (list[i].deadly)
      CHECK(failure(engine, trigger()) ==
            "model.crashed: the model's process was killed by signal 31 (Bad system call): it "
            "tried what --isolate forbids, such as writing a file");
    else
      CHECK(engine.run(trigger()).at(0).data == std::vector<float>(kImages, 0.0F));
    CHECK(read_file(folder / "there") == "content");
    CHECK_FALSE(std::filesystem::exists(folder / "made"));
    CHECK(works(engine));
  }
}

TEST_CASE("each worker has its child, and only the culprit's dies", "[isolation]") {
  IsolationOptions isolation;
  isolation.children = 3;
  IsolatedEngine engine = start("run: abort", isolation);
  CHECK(children().size() == 3);
  std::atomic<int> good = 0, crashed = 0;
  {
    std::vector<std::jthread> workers;
    for (int worker = 0; worker < 3; ++worker)
      workers.emplace_back([&, worker] {
        for (int i = 0; i < 20; ++i) {
          if (worker == 0 && i % 5 == 0)
            crashed += failure(engine, trigger()).rfind("model.crashed", 0) == 0 ? 1 : 0;
          else
            good += works(engine) ? 1 : 0;
        }
      });
  }
  CHECK(good == 56);
  CHECK(crashed == 4);
}

TEST_CASE("no child outlives its engine", "[isolation]") {
  {
    IsolatedEngine engine = start("run: loop");
    CHECK(children().size() == 1);
  }
  CHECK(children().empty());
}

TEST_CASE("every child proves itself, a fresh one too", "[isolation]") {
  IsolationOptions isolation;
  isolation.children = 2;
  IsolatedEngine engine = start("run: abort", isolation);
  std::atomic<int> proofs = 0;
  bool passes = true;
  engine.admit(
      [&](Engine& child) {
        ++proofs;
        CHECK(works(child));
        if (!passes) throw Error(ErrorKind::input, "golden image differs");
      },
      60s);
  CHECK(proofs == 2);
  CHECK(failure(engine, trigger()).rfind("model.crashed", 0) == 0);
  CHECK(proofs == 2);
  passes = false;
  // The dead child's turn comes with one of the two next batches.
  const std::set<std::string> next{failure(engine, plain(0.75F)), failure(engine, plain(0.75F))};
  CHECK(next.count("model.crashed: no fresh process for the model: golden image differs") == 1);
  CHECK(proofs >= 3);
  passes = true;
  CHECK(works(engine));
  CHECK(works(engine));
}
