#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace zeromiss {

/// What the machine counted up to one moment. The difference of two says whether a measurement
/// between them can be trusted. Linux; what a system does not offer stays 0 or false.
struct MachineCounters {
  double busy_s = 0;   ///< of the processors this process may use, by everybody; steal left out
  double steal_s = 0;  ///< of the same processors, taken by the host of a virtual machine
  double own_s = 0;    ///< processor time of this process, all threads
  std::uint64_t thermal_throttles = 0;  ///< events of all processors
  double quota_throttled_s = 0;         ///< stopped by the cgroup's quota
  bool on_battery = false;
};
MachineCounters read_machine();

/// Where read_machine() looks; other folders for tests.
struct MachineFiles {
  std::filesystem::path proc = "/proc", sys = "/sys";
};
MachineCounters read_machine(const MachineFiles& files);

/// What a measurement belongs to, for people and for comparing.
struct MachineFacts {
  std::string cpu, kernel, system;  ///< "AMD EPYC 9B45", "6.1.0-18-amd64", "Debian GNU/Linux 12"
  int cpus = 1;                     ///< that this process may use
  std::uint64_t memory_mib = 0;
  std::string governor;  ///< of the first processor, empty where the system does not say
};
MachineFacts machine_facts();

/// Seconds since this process was started (execve), to 10 ms.
double process_age_s();

/// Highest resident memory of this process so far, MiB (VmHWM).
double peak_rss_mib();

}  // namespace zeromiss
