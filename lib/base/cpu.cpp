#include <zeromiss/base/cpu.hpp>

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

namespace zeromiss {
namespace {

std::string first_line(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

/// Processors of one cgroup folder: ceil(quota / period), 0 without a limit.
int limit_of(double quota, double period) {
  if (!(quota > 0) || !(period > 0)) return 0;
  return std::max(1, static_cast<int>(std::ceil(quota / period)));
}

int folder_limit_v2(const std::filesystem::path& folder) {
  std::istringstream in(first_line(folder / "cpu.max"));  // "200000 100000" or "max 100000"
  double quota = 0, period = 0;
  return in >> quota >> period ? limit_of(quota, period) : 0;
}

int folder_limit_v1(const std::filesystem::path& folder) {
  std::istringstream quota_in(first_line(folder / "cpu.cfs_quota_us"));
  std::istringstream period_in(first_line(folder / "cpu.cfs_period_us"));
  double quota = 0, period = 0;
  return quota_in >> quota && period_in >> period ? limit_of(quota, period) : 0;
}

/// Bytes of one cgroup folder, 0 without a limit ("max", or v1's number beyond any machine).
std::int64_t memory_limit(const std::filesystem::path& file) {
  constexpr std::int64_t kBeyond = std::int64_t{1} << 50U;
  std::istringstream in(first_line(file));
  std::int64_t bytes = 0;
  return in >> bytes && bytes > 0 && bytes < kBeyond ? bytes : 0;
}

template <class Number>
Number tighter(Number a, Number b) {
  if (a == 0 || b == 0) return std::max(a, b);
  return std::min(a, b);
}

/// One figure of all cgroups of this process: its own and those above it, up to the root.
/// @param proc_self_cgroup  a line each: "0::/user.slice" (v2), "4:cpu,cpuacct:/docker/…" (v1)
/// @param v2, v1  the figure of a folder; 0: it has none
/// @param combine  two figures, the first of them 0 at the beginning
template <class Number, class V2, class V1, class Combine>
Number over_groups(const std::filesystem::path& cgroup_root, const std::string& proc_self_cgroup,
                   const std::string& controller, V2 v2, V1 v1, Combine combine) {
  Number found = 0;
  const auto upwards = [&](const std::filesystem::path& root, std::filesystem::path group,
                           const auto& figure) {
    found = combine(found, figure(root));
    for (; !group.empty() && group != "/"; group = group.parent_path())
      found = combine(found, figure(root / group.relative_path()));
  };
  std::istringstream lines(proc_self_cgroup);
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.find(':');
    const auto second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const std::string group = line.substr(second + 1);
    if (controllers == ",,")
      upwards(cgroup_root, group, v2);
    else if (controllers.find("," + controller + ",") != std::string::npos)
      upwards(cgroup_root / controller, group, v1);
  }
  return found;
}

/// throttled_usec of cpu.stat in cgroup v2, throttled_time (nanoseconds) in v1.
double folder_throttled_seconds(const std::filesystem::path& folder) {
  constexpr double kMicro = 1e-6, kNano = 1e-9;
  std::ifstream in(folder / "cpu.stat");
  std::string key;
  for (double value = 0; in >> key >> value;) {
    if (key == "throttled_usec") return kMicro * value;
    if (key == "throttled_time") return kNano * value;
  }
  return 0;
}

std::string own_cgroups() {
  std::ostringstream groups;
  groups << std::ifstream("/proc/self/cgroup").rdbuf();
  return groups.str();
}

}  // namespace

int cgroup_cpu_limit(const std::filesystem::path& cgroup_root,
                     const std::string& proc_self_cgroup) {
  return over_groups<int>(cgroup_root, proc_self_cgroup, "cpu", folder_limit_v2, folder_limit_v1,
                          tighter<int>);
}

double cgroup_throttled_seconds(const std::filesystem::path& cgroup_root,
                                const std::string& proc_self_cgroup) {
  const auto longer = [](double a, double b) { return std::max(a, b); };
  // A container sees its own group as the root, whatever /proc/self/cgroup says.
  return std::max(
      {folder_throttled_seconds(cgroup_root), folder_throttled_seconds(cgroup_root / "cpu"),
       over_groups<double>(cgroup_root, proc_self_cgroup, "cpu", folder_throttled_seconds,
                           folder_throttled_seconds, longer)});
}

std::int64_t cgroup_memory_limit(const std::filesystem::path& cgroup_root,
                                 const std::string& proc_self_cgroup) {
  const auto v2 = [](const std::filesystem::path& f) { return memory_limit(f / "memory.max"); };
  const auto v1 = [](const std::filesystem::path& f) {
    return memory_limit(f / "memory.limit_in_bytes");
  };
  return over_groups<std::int64_t>(cgroup_root, proc_self_cgroup, "memory", v2, v1,
                                   tighter<std::int64_t>);
}

std::int64_t usable_memory() {
  const std::int64_t machine =
      static_cast<std::int64_t>(::sysconf(_SC_PHYS_PAGES)) * ::sysconf(_SC_PAGE_SIZE);
  return tighter(machine, cgroup_memory_limit("/sys/fs/cgroup", own_cgroups()));
}

int usable_cpus() {
  int count = static_cast<int>(std::thread::hardware_concurrency());
  cpu_set_t affinity;
  CPU_ZERO(&affinity);
  if (::sched_getaffinity(0, sizeof(affinity), &affinity) == 0) count = CPU_COUNT(&affinity);
  return std::max(1, tighter(count, cgroup_cpu_limit("/sys/fs/cgroup", own_cgroups())));
}

std::string cpu_name() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("model name", 0) != 0) continue;
    const auto colon = line.find(": ");
    if (colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

bool cpu_has_bf16(const std::string& cpuinfo) {
  std::istringstream lines(cpuinfo);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("flags", 0) != 0 && line.rfind("Features", 0) != 0) continue;
    std::istringstream words(line);
    for (std::string word; words >> word;)
      if (word == "avx512_bf16" || word == "amx_bf16" || word == "bf16") return true;
  }
  return false;
}

bool cpu_has_bf16() {
  std::ostringstream text;
  text << std::ifstream("/proc/cpuinfo").rdbuf();
  return cpu_has_bf16(text.str());
}

}  // namespace zeromiss
