#include <zeromiss/base/cpu.hpp>
#include <zeromiss/base/machine.hpp>

#include <sched.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>
#include <vector>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string line_of(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

std::vector<fs::path> entries(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code problem;
  for (fs::directory_iterator at(folder, problem), end; !problem && at != end;
       at.increment(problem))
    found.push_back(at->path());
  return found;
}

double ticks_s(double ticks) { return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK)); }

bool is_usable(int cpu) {
  cpu_set_t affinity;
  CPU_ZERO(&affinity);
  if (::sched_getaffinity(0, sizeof(affinity), &affinity) != 0) return true;
  return cpu < CPU_SETSIZE && CPU_ISSET(static_cast<std::size_t>(cpu), &affinity);
}

/// proc(5): "cpu0 user nice system idle iowait irq softirq steal guest guest_nice", in ticks.
void add_processors(const std::string& stat, MachineCounters& counters) {
  std::istringstream lines(stat);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("cpu", 0) != 0 || line.size() < 4 || line[3] < '0' || line[3] > '9') continue;
    std::istringstream fields(line.substr(3));
    int cpu = 0;
    std::array<double, 8> ticks{};
    fields >> cpu;
    for (double& value : ticks) fields >> value;
    if (!is_usable(cpu)) continue;
    const auto [user, nice, system, idle, iowait, irq, softirq, steal] = ticks;
    counters.busy_s += ticks_s(user + nice + system + irq + softirq);
    counters.steal_s += ticks_s(steal);
  }
}

double own_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  constexpr double kMicro = 1e-6;
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         kMicro * static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

std::uint64_t thermal_events(const fs::path& sys) {
  std::uint64_t events = 0;
  for (const fs::path& cpu : entries(sys / "devices/system/cpu"))
    for (const char* kind : {"core_throttle_count", "package_throttle_count"}) {
      std::uint64_t count = 0;
      if (std::ifstream(cpu / "thermal_throttle" / kind) >> count) events += count;
    }
  return events;
}

/// Not those of a mouse or a keyboard, whose scope is "Device".
bool discharging(const fs::path& sys) {
  const auto supplies = entries(sys / "class/power_supply");
  return std::any_of(supplies.begin(), supplies.end(), [](const fs::path& supply) {
    return line_of(supply / "type") == "Battery" && line_of(supply / "status") == "Discharging" &&
           line_of(supply / "scope") != "Device";
  });
}

/// The value behind "KEY:" or "KEY=" in a text of lines; empty when it is not there.
std::string value_of(const std::string& text, const std::string& key) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(key, 0) != 0) continue;
    std::string value = line.substr(key.size());
    value.erase(std::remove(value.begin(), value.end(), '"'), value.end());
    const auto begin = value.find_first_not_of(" \t:=");
    return begin == std::string::npos ? "" : value.substr(begin);
  }
  return "";
}

}  // namespace

MachineCounters read_machine() { return read_machine(MachineFiles{}); }

MachineCounters read_machine(const MachineFiles& files) {
  MachineCounters counters;
  add_processors(text_of(files.proc / "stat"), counters);
  counters.own_s = own_seconds();
  counters.thermal_throttles = thermal_events(files.sys);
  counters.quota_throttled_s =
      cgroup_throttled_seconds(files.sys / "fs/cgroup", text_of(files.proc / "self/cgroup"));
  counters.on_battery = discharging(files.sys);
  return counters;
}

MachineFacts machine_facts() {
  MachineFacts facts;
  facts.cpu = cpu_name();
  facts.cpus = usable_cpus();
  utsname name{};
  if (::uname(&name) == 0) facts.kernel = name.release;
  facts.system = value_of(text_of("/etc/os-release"), "PRETTY_NAME");
  constexpr std::uint64_t kKibPerMib = 1024;
  std::istringstream(value_of(text_of("/proc/meminfo"), "MemTotal")) >> facts.memory_mib;
  facts.memory_mib /= kKibPerMib;
  facts.governor = line_of("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  return facts;
}

double process_age_s() {
  // proc(5): starttime is field 22; the command's name, field 2, may itself hold blanks and ')'.
  const std::string stat = text_of("/proc/self/stat");
  std::istringstream fields(stat.substr(std::min(stat.size(), stat.rfind(')') + 1)));
  std::string skipped;
  constexpr int kFieldsBetween = 19;
  for (int i = 0; i < kFieldsBetween; ++i) fields >> skipped;
  double start_ticks = 0, uptime = 0;
  if (!(fields >> start_ticks) || !(std::ifstream("/proc/uptime") >> uptime)) return 0;
  return std::max(0.0, uptime - ticks_s(start_ticks));
}

double peak_rss_mib() {
  double kib = 0;
  std::istringstream(value_of(text_of("/proc/self/status"), "VmHWM")) >> kib;
  constexpr double kKibPerMib = 1024;
  return kib / kKibPerMib;
}

}  // namespace zeromiss
