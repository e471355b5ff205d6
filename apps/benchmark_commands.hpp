#pragma once

namespace zeromiss::app {

// The commands of benchmark, a file each: benchmark_<command>.cpp. argv[0] is the command's name.
int benchmark_choose(int argc, char** argv);
int benchmark_spec(int argc, char** argv);
/// One package for `choose`, in a process of its own; not for people.
int benchmark_package(int argc, char** argv);

inline constexpr const char* kPackageCommand = "zeromiss-measure-package";

}  // namespace zeromiss::app
