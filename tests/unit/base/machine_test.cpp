#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <zeromiss/base/machine.hpp>

#include <unistd.h>

using namespace zeromiss;
using zeromiss::test::TempFolder;
using zeromiss::test::write_file;

TEST_CASE("the processors' counters are read from the kernel's own files", "[machine]") {
  const TempFolder folder;
  // proc(5): user nice system idle iowait irq softirq steal guest guest_nice. Only cpu0 is sure to
  // be among the processors of this process, wherever the test runs.
  write_file(folder / "proc/stat",
             "cpu  999 999 999 999 999 999 999 999 0 0\n"
             "cpu0 100 20 30 4000 50 6 7 80 0 0\n"
             "intr 1 2 3\n");
  write_file(folder / "sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count", "3\n");
  write_file(folder / "sys/devices/system/cpu/cpu0/thermal_throttle/package_throttle_count", "4\n");
  write_file(folder / "sys/fs/cgroup/cpu.stat", "usage_usec 5\nthrottled_usec 2500000\n");
  write_file(folder / "sys/class/power_supply/AC/type", "Mains\n");
  write_file(folder / "sys/class/power_supply/BAT0/type", "Battery\n");
  write_file(folder / "sys/class/power_supply/BAT0/status", "Discharging\n");
  write_file(folder / "sys/class/power_supply/BAT0/scope", "System\n");
  const auto found = read_machine({folder / "proc", folder / "sys"});
  const double tick = 1.0 / static_cast<double>(::sysconf(_SC_CLK_TCK));
  CHECK(found.busy_s == Approx((100 + 20 + 30 + 6 + 7) * tick));  // idle, iowait, steal are not
  CHECK(found.steal_s == Approx(80 * tick));
  CHECK(found.thermal_throttles == 7);
  CHECK(found.quota_throttled_s == Approx(2.5));
  CHECK(found.on_battery);
  CHECK(found.own_s > 0);
}

TEST_CASE("a quota of the own group or one above it is seen", "[machine]") {
  const TempFolder folder;
  write_file(folder / "proc/stat", "");
  // systemd-run -p CPUQuota=: the root has no counter, the service's own group has one.
  const std::string group = "sys/fs/cgroup/system.slice/run.service/";
  write_file(folder / (group + "cpu.stat"), "throttled_usec 1500000\n");
  write_file(folder / "proc/self/cgroup", "0::/system.slice/run.service/child\n");
  CHECK(read_machine({folder / "proc", folder / "sys"}).quota_throttled_s == Approx(1.5));
  write_file(folder / "proc/self/cgroup", "0::/other.slice\n");
  CHECK(read_machine({folder / "proc", folder / "sys"}).quota_throttled_s == 0);
  write_file(folder / "sys/fs/cgroup/cpu/job/cpu.stat", "throttled_time 2000000000\n");
  write_file(folder / "proc/self/cgroup", "4:cpu,cpuacct:/job\n0::/\n");
  CHECK(read_machine({folder / "proc", folder / "sys"}).quota_throttled_s == Approx(2.0));
}

TEST_CASE("the battery of a mouse is not that of the machine", "[machine]") {
  const TempFolder folder;
  write_file(folder / "proc/stat", "");
  write_file(folder / "sys/class/power_supply/hidpp_battery_0/type", "Battery\n");
  write_file(folder / "sys/class/power_supply/hidpp_battery_0/status", "Discharging\n");
  write_file(folder / "sys/class/power_supply/hidpp_battery_0/scope", "Device\n");
  CHECK_FALSE(read_machine({folder / "proc", folder / "sys"}).on_battery);
}

TEST_CASE("a machine that says nothing is not on battery and not throttled", "[machine]") {
  const TempFolder folder;
  const auto found = read_machine({folder / "proc", folder / "sys"});
  CHECK(found.busy_s == 0);
  CHECK(found.thermal_throttles == 0);
  CHECK_FALSE(found.on_battery);
  write_file(folder / "sys/class/power_supply/BAT0/type", "Battery\n");
  write_file(folder / "sys/class/power_supply/BAT0/status", "Charging\n");
  CHECK_FALSE(read_machine({folder / "proc", folder / "sys"}).on_battery);
}

TEST_CASE("this process has an age and a size", "[machine]") {
  CHECK(process_age_s() >= 0);
  CHECK(process_age_s() < 3600);
  CHECK(peak_rss_mib() > 1);
  CHECK(machine_facts().cpus >= 1);
}
