// Built with the thread sanitizer only: a race in our code, below oneTBB's tasks, that must be
// reported in spite of tests/support/tsan.supp and thread_order.hpp.
#include "support/fake_engine.hpp"
#include "support/packages.hpp"

#include <zeromiss/tools/inspect.hpp>

#include <chrono>
#include <cstdio>
#include <sstream>
#include <thread>

using namespace zeromiss;
using namespace zeromiss::test;

namespace {

long planted = 0;  // no atomic, no lock

std::vector<Tensor> racing_outputs(const InputBatch& batch) {
  ++planted;
  std::this_thread::sleep_for(std::chrono::milliseconds(2));  // so that several workers take part
  return mean_outputs(batch);
}

}  // namespace

int main() {
  const TempFolder folder;
  InspectOptions options;
  options.model = write_package(folder / "package", "weights");
  options.inputs = {folder / "lot"};
  options.output = folder / "out";
  options.batch = 1;
  options.threads = 4;
  options.no_html = true;
  options.quiet = true;
  for (int i = 0; i < 100; ++i)
    write_file(folder / "lot" / (std::to_string(i) + ".pgm"), gray_pgm(8, 8, 10));
  std::ostringstream out;
  const int code = inspect(options, fake_loader(racing_outputs), out);
  std::printf("not noticed: exit code %d after %ld passes\n", code, planted);
  return 0;
}
