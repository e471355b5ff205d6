#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <zeromiss/base/cpu.hpp>

using namespace zeromiss;
using zeromiss::test::TempFolder;
using zeromiss::test::write_file;

TEST_CASE("a cgroup v2 quota limits the processors, rounded up", "[cpu]") {
  const TempFolder root;
  write_file(root / "pod/cpu.max", "150000 100000\n");
  CHECK(cgroup_cpu_limit(root.path(), "0::/pod\n") == 2);
  write_file(root / "pod/cpu.max", "max 100000\n");
  CHECK(cgroup_cpu_limit(root.path(), "0::/pod\n") == 0);
}

TEST_CASE("the tightest quota of a cgroup and its parents counts", "[cpu]") {
  const TempFolder root;
  write_file(root / "a/cpu.max", "100000 100000\n");
  write_file(root / "a/b/cpu.max", "400000 100000\n");
  CHECK(cgroup_cpu_limit(root.path(), "0::/a/b\n") == 1);
}

TEST_CASE("a cgroup v1 quota is found, -1 means none", "[cpu]") {
  const TempFolder root;
  write_file(root / "cpu/docker/x/cpu.cfs_quota_us", "300000\n");
  write_file(root / "cpu/docker/x/cpu.cfs_period_us", "100000\n");
  const std::string groups = "5:memory:/docker/x\n4:cpu,cpuacct:/docker/x\n";
  CHECK(cgroup_cpu_limit(root.path(), groups) == 3);
  write_file(root / "cpu/docker/x/cpu.cfs_quota_us", "-1\n");
  CHECK(cgroup_cpu_limit(root.path(), groups) == 0);
}

TEST_CASE("there is always at least one processor", "[cpu]") { CHECK(usable_cpus() >= 1); }

TEST_CASE("the smallest memory limit of a cgroup and its parents counts", "[cpu]") {
  const TempFolder root;
  write_file(root / "a/memory.max", "8589934592\n");
  write_file(root / "a/b/memory.max", "max\n");
  CHECK(cgroup_memory_limit(root.path(), "0::/a/b\n") == 8589934592);
  write_file(root / "a/b/memory.max", "1048576\n");
  CHECK(cgroup_memory_limit(root.path(), "0::/a/b\n") == 1048576);
  const std::string v1 = "4:memory:/docker/x\n";
  CHECK(cgroup_memory_limit(root.path(), v1) == 0);
  write_file(root / "memory/memory.limit_in_bytes", "9223372036854771712\n");  // v1's "no limit"
  write_file(root / "memory/docker/x/memory.limit_in_bytes", "2097152\n");
  CHECK(cgroup_memory_limit(root.path(), v1) == 2097152);
  CHECK(usable_memory() > 0);
}

TEST_CASE("bf16 is found among a processor's flags, as a whole word", "[cpu]") {
  // Lines as Linux writes them for an EPYC of Zen 5, a Core i7-8700 and a Neoverse V1.
  CHECK(cpu_has_bf16("flags\t\t: fpu avx512_bf16 clzero\n"));
  CHECK(cpu_has_bf16("processor : 0\nflags : fpu amx_bf16 avx512_fp16\n"));
  CHECK(cpu_has_bf16("Features\t: fp asimd bf16 dgh\n"));
  CHECK_FALSE(cpu_has_bf16("flags : fpu avx2 avx512f\nmodel name : bf16\n"));
  CHECK_FALSE(cpu_has_bf16("flags : avx512_bf16x\n"));
  CHECK_FALSE(cpu_has_bf16(""));
}
