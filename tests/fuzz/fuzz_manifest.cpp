// Any bytes as model.json: a package whose promises hold, or an Error.

#include <zeromiss/base/error.hpp>
#include <zeromiss/model/package.hpp>

#include <unistd.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace {

namespace fs = std::filesystem;

class Work {
 public:
  Work() : root_(fs::temp_directory_path() / ("zeromiss-fuzz-" + std::to_string(::getpid()))) {
    fs::create_directories(root_ / "golden");
    std::ofstream(root_ / "model.pt") << "weights";
    std::ofstream(root_ / "golden/0.pgm") << "P5\n2 2\n255\nabcd";
  }
  ~Work() {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }
  [[nodiscard]] const fs::path& root() const { return root_; }

 private:
  fs::path root_;
};

bool is_inside(const fs::path& file, const fs::path& folder) {
  const auto relative = file.lexically_normal().lexically_relative(folder.lexically_normal());
  return !relative.empty() && *relative.begin() != "..";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Work work;
  std::ofstream(work.root() / "model.json", std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  try {
    const auto package = zeromiss::read_package(work.root());
    if (!is_inside(package.weights, package.folder)) std::abort();
    for (const auto& golden : package.golden)
      if (!is_inside(golden.image, package.folder) || !(golden.tolerance <= 0.05)) std::abort();
    if (package.golden.empty() || package.classes.empty()) std::abort();
    if (!(package.limits.review_at <= package.limits.reject_at)) std::abort();
    if (!std::isfinite(package.limits.review_at)) std::abort();
  } catch (const zeromiss::Error&) {
    // The expected answer to most inputs; anything else ends the run.
  }
  return 0;
}
