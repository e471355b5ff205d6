#pragma once

#include <cstdint>
#include <string>

namespace zeromiss {

/// Shuts this process in for good, before it touches a model: no network, no file that is written,
/// made, renamed or removed, no new process or program, no signal to others, no core file, and
/// `memory_bytes` of memory at most. Files can be read below the folders of the system and of the
/// loaded libraries only, where the kernel has Landlock. What the kernel does not have is left out.
/// @return what is in force: "seccomp, landlock, 4096 MiB of memory"
std::string enter_sandbox(std::uint64_t memory_bytes);

}  // namespace zeromiss
