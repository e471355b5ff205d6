#include "openvino_plugin.hpp"

#include <zeromiss/base/version.hpp>
#include <zeromiss/model/engines.hpp>

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstring>
#include <filesystem>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

/// Where the build and an unpacked archive have it: bin/inspect, lib/libzeromiss_openvino.so.
fs::path plugin_file() {
  std::error_code problem;
  const fs::path tool = fs::read_symlink("/proc/self/exe", problem);
  return tool.parent_path().parent_path() / "lib" / kOpenVinoPluginFile;
}

[[noreturn]] void refuse(const EngineOptions& options, const std::string& cause) {
  throw Error(ErrorKind::input,
              fmt::format("{}: is a model for OpenVINO, {}: run scripts/setup.sh --openvino and "
                          "build again, or use the package with TorchScript weights",
                          options.name, cause));
}

/// It would compute in fp32 and say otherwise.
void require_fp32(const EngineOptions& options) {
  if (options.precision != Precision::fp32)
    throw Error(ErrorKind::input,
                fmt::format("{}: packages for OpenVINO are computed in fp32, not in {}: use the "
                            "package with TorchScript weights",
                            options.name, precision_name(options.precision)));
}

/// Never closed again: engines may live as long as the program.
const OpenVinoPlugin& openvino(const EngineOptions& options) {
  const fs::path file = plugin_file();
  if (!file.is_absolute()) refuse(options, "whose place is not known without /proc");
  std::error_code ignored;
  if (!fs::exists(file, ignored)) refuse(options, "which this installation does not have");
  // oneTBB, which OpenVINO uses, opens hwloc with RTLD_DEEPBIND, past the program's own allocator:
  // it would free with glibc what came from tcmalloc. Opened before, it is as all others. Not
  // there, not used.
  static_cast<void>(::dlopen("libhwloc.so.15", RTLD_NOW | RTLD_LOCAL));
  void* library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  const void* found = library == nullptr ? nullptr : ::dlsym(library, kOpenVinoPluginSymbol);
  if (found == nullptr) {
    const char* cause = ::dlerror();
    refuse(options,
           fmt::format("which cannot be loaded here ({})", cause == nullptr ? "no symbol" : cause));
  }
  const auto& plugin = *static_cast<const OpenVinoPlugin*>(found);
  if (std::strcmp(plugin.version, kVersion) != 0 || plugin.options_bytes != sizeof(EngineOptions))
    refuse(options, fmt::format("and {} is of another build", file.string()));
  return plugin;
}

}  // namespace

void open_engine_library(const EngineOptions& options) {
  if (options.format != WeightsFormat::torchscript) openvino(options);
}

std::unique_ptr<Engine> load_engine(std::span<const std::uint8_t> weights,
                                    const EngineOptions& options) {
  if (options.format != WeightsFormat::torchscript) {
    require_fp32(options);
    return openvino(options).load(weights, options);
  }
  if (options.device.rfind("gpu", 0) == 0)
    throw Error(ErrorKind::device,
                fmt::format("--device {}: LibTorch does not use Intel's GPU: use a package for "
                            "OpenVINO (scripts/convert_package.py makes one of {})",
                            options.device, options.name));
  return load_torchscript(weights, options);
}

}  // namespace zeromiss
