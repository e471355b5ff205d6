// Any bytes as --config ('c'), as run.json of an earlier run ('r'), or as a gate ('g'): settings or
// an Error. The first byte chooses, so that one corpus serves all.

#include "json_config.hpp"
#include "predicted_run.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/report/gates.hpp>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace {

namespace fs = std::filesystem;

class Work {
 public:
  Work() : root_(fs::temp_directory_path() / ("zeromiss-fuzz-" + std::to_string(::getpid()))) {
    fs::create_directories(root_);
    std::ofstream(root_ / "results.jsonl") << "";
  }
  ~Work() {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }
  [[nodiscard]] const fs::path& root() const { return root_; }

 private:
  fs::path root_;
};

void read(const Work& work, char kind, const std::string& text) {
  if (kind == 'c') {
    std::istringstream stream(text);
    for (const auto& item : zeromiss::app::JsonConfig().from_config(stream))
      if (item.inputs.empty()) std::abort();
  } else if (kind == 'r') {
    std::ofstream(work.root() / "run.json", std::ios::binary) << text;
    const auto run = zeromiss::open_inspect(work.root(), {});
    if (!run.has_run_file || !run.task) std::abort();
  } else {
    const auto gate = zeromiss::parse_gate(text);
    static_cast<void>(
        zeromiss::apply_gate(gate, {{"operating_point", {{"recall", 1.0}, {"defective", 3}}}}));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Work work;
  if (size == 0) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  try {
    read(work, bytes.front(), bytes.substr(1));
  } catch (const zeromiss::Error&) {
    // The expected answer to most inputs; anything else ends the run.
  }
  return 0;
}
