#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace zeromiss {

/// Processors this process may really use: the smaller of its affinity mask and its cgroup quota
/// (v2 cpu.max, v1 cfs_quota/cfs_period, rounded up), at least 1. std::thread::hardware_concurrency
/// knows nothing of the quota and is throttled in containers.
int usable_cpus();

/// The cgroup half of usable_cpus() for a given root, for tests: 0 means no limit.
int cgroup_cpu_limit(const std::filesystem::path& cgroup_root, const std::string& proc_self_cgroup);

/// Bytes of memory this process may really use: the machine's, or those of its cgroup (v2
/// memory.max, v1 memory.limit_in_bytes) where that is less.
std::int64_t usable_memory();

/// The cgroup half of usable_memory() for a given root, for tests: 0 means no limit.
std::int64_t cgroup_memory_limit(const std::filesystem::path& cgroup_root,
                                 const std::string& proc_self_cgroup);

/// Seconds for which a quota held this process's cgroup or one above it still: the most of them.
double cgroup_throttled_seconds(const std::filesystem::path& cgroup_root,
                                const std::string& proc_self_cgroup);

/// "AMD EPYC 9B45", from /proc/cpuinfo; "unknown" where that is silent.
std::string cpu_name();

/// Whether the processor multiplies bfloat16 itself (AVX512-BF16, AMX-BF16, Arm's BF16).
bool cpu_has_bf16();

/// The same for a given text of /proc/cpuinfo, for tests.
bool cpu_has_bf16(const std::string& cpuinfo);

}  // namespace zeromiss
