// What a child may still do is a list, not what it may not: a system call that nobody thought of is
// refused. The list is what LibTorch, OpenMP, glibc and the sanitizers use on a CPU. What no honest
// network does ends the child at once: a write that just failed would go unnoticed, as LibTorch's
// own torch.save does not look.
#include "sandbox.hpp"

#include "child_process.hpp"
#include "landlock.hpp"

#include <zeromiss/base/files.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

namespace zeromiss {
namespace {

constexpr std::array kAllowed{
    // memory
    "brk", "madvise", "membarrier", "mincore", "mmap", "mprotect", "mremap", "munmap",
    "get_mempolicy", "mlock", "munlock",
    // threads
    "arch_prctl", "exit", "exit_group", "futex", "get_robust_list", "getcpu", "getpid", "getppid",
    "gettid", "rseq", "sched_get_priority_max", "sched_get_priority_min", "sched_getaffinity",
    "sched_getparam", "sched_getscheduler", "sched_yield", "set_robust_list", "set_tid_address",
    // signals of its own
    "restart_syscall", "rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigreturn",
    "rt_sigtimedwait", "sigaltstack",
    // time and chance
    "clock_getres", "clock_gettime", "clock_nanosleep", "getrandom", "gettimeofday", "nanosleep",
    "time", "times",
    // files that are open, or are looked at
    "access", "close", "dup", "faccessat", "fadvise64", "fstat", "fstatfs", "getcwd", "getdents64",
    "lseek", "lstat", "newfstatat", "poll", "ppoll", "pread64", "preadv", "read", "readlink",
    "readlinkat", "readv", "recvfrom", "recvmsg", "sendmsg", "sendto", "stat", "statfs", "statx",
    "write", "writev",
    // facts
    "capget", "getegid", "geteuid", "getgid", "getpgrp", "getrlimit", "getrusage", "getuid",
    "sysinfo", "uname"};

/// glibc then takes the older call, whose arguments a filter can see.
constexpr std::array kNotThere{"clone3", "openat2", "faccessat2", "close_range"};

constexpr std::array kDeadly{
    // files
    "chmod", "chown", "creat", "fchmod", "fchmodat", "fchown", "fchownat", "ftruncate", "lchown",
    "link", "linkat", "mkdir", "mkdirat", "mknod", "mknodat", "rename", "renameat", "renameat2",
    "rmdir", "symlink", "symlinkat", "truncate", "unlink", "unlinkat",
    // network
    "accept", "accept4", "bind", "connect", "listen", "socket", "socketpair",
    // programs and other processes
    "execve", "execveat", "fork", "kill", "pidfd_getfd", "pidfd_open", "process_vm_readv",
    "process_vm_writev", "ptrace", "tkill", "vfork",
    // the system
    "bpf", "chroot", "init_module", "io_uring_setup", "keyctl", "mount", "pivot_root", "reboot",
    "setns", "umount2", "unshare", "userfaultfd"};

/// libseccomp's SCMP_A0 and the like are C99.
scmp_arg_cmp argument(unsigned index, scmp_compare how, scmp_datum_t a, scmp_datum_t b = 0) {
  return {index, how, a, b};
}

struct Filter {
  scmp_filter_ctx context = ::seccomp_init(SCMP_ACT_ERRNO(EPERM));
  int failed = context == nullptr ? -ENOMEM : 0;
  Filter() = default;
  ~Filter() {
    if (context != nullptr) ::seccomp_release(context);
  }
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;

  template <class... Conditions>
  void add(std::uint32_t action, const char* name, Conditions... conditions) {
    const int number = ::seccomp_syscall_resolve_name(name);
    if (failed != 0 || number == __NR_SCMP_ERROR) return;  // not on this machine
    failed = ::seccomp_rule_add(context, action, number, sizeof...(conditions), conditions...);
  }
};

/// Reading is allowed, everything else is deadly. Rules of one call must not overlap.
void open_to_read(Filter& filter) {
  constexpr unsigned kMaking = O_CREAT | O_TRUNC;
  constexpr unsigned kModes[]{O_RDONLY, O_WRONLY, O_RDWR, O_ACCMODE};
  constexpr unsigned kMakings[]{0, O_CREAT, O_TRUNC, O_CREAT | O_TRUNC};
  for (const unsigned mode : kModes)
    for (const unsigned making : kMakings) {
      const std::uint32_t action =
          mode == O_RDONLY && making == 0 ? SCMP_ACT_ALLOW : SCMP_ACT_KILL_PROCESS;
      constexpr unsigned kAll = O_ACCMODE | kMaking;
      filter.add(action, "open", argument(1, SCMP_CMP_MASKED_EQ, kAll, mode | making));
      filter.add(action, "openat", argument(2, SCMP_CMP_MASKED_EQ, kAll, mode | making));
    }
}

/// Calls that are allowed with some arguments only.
void allow_in_part(Filter& filter) {
  open_to_read(filter);
  filter.add(SCMP_ACT_ALLOW, "clone", argument(0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
  filter.add(SCMP_ACT_KILL_PROCESS, "clone", argument(0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
  const auto self = static_cast<scmp_datum_t>(::getpid());
  filter.add(SCMP_ACT_ALLOW, "tgkill", argument(0, SCMP_CMP_EQ, self));  // abort(), raise()
  // Reads its own limits, sets none.
  filter.add(SCMP_ACT_ALLOW, "prlimit64", argument(0, SCMP_CMP_EQ, 0), argument(2, SCMP_CMP_EQ, 0));
  for (const int command : {F_GETFD, F_SETFD, F_GETFL, F_DUPFD, F_DUPFD_CLOEXEC})
    filter.add(SCMP_ACT_ALLOW, "fcntl",
               argument(1, SCMP_CMP_EQ, static_cast<scmp_datum_t>(command)));
  for (const int option : {PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE, PR_SET_VMA})
    filter.add(SCMP_ACT_ALLOW, "prctl",
               argument(0, SCMP_CMP_EQ, static_cast<scmp_datum_t>(option)));
  filter.add(SCMP_ACT_ERRNO(ENOTTY), "ioctl");
}

/// @return 0, or the error number
int enter_seccomp() {
  Filter filter;
  if (filter.failed == 0)  // every thread: a sanitizer has one of its own already
    filter.failed = ::seccomp_attr_set(filter.context, SCMP_FLTATR_CTL_TSYNC, 1);
  for (const char* name : kAllowed) filter.add(SCMP_ACT_ALLOW, name);
  for (const char* name : kNotThere) filter.add(SCMP_ACT_ERRNO(ENOSYS), name);
  for (const char* name : kDeadly) filter.add(SCMP_ACT_KILL_PROCESS, name);
  allow_in_part(filter);
  if (filter.failed == 0) filter.failed = ::seccomp_load(filter.context);
  return -filter.failed;
}

/// @return the limit that is in force, which may have been lower before; 0 when it cannot be set
rlim_t limit(__rlimit_resource resource, rlim_t value) {
  rlimit now{};
  if (::getrlimit(resource, &now) != 0) return 0;
  const rlim_t lower = std::min(value, now.rlim_max);
  const rlimit wanted{lower, lower};
  return ::setrlimit(resource, &wanted) == 0 ? lower : 0;
}

/// Where memory runs out all the same, the kernel ends the child and not the run.
void volunteer_for_the_oom_killer() {
  const Descriptor file(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  if (file.get() >= 0) static_cast<void>(!::write(file.get(), "1000", 4));
}

/// Root in a container could look into other processes in spite of Landlock.
void drop_capabilities() {
  __user_cap_header_struct version{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3]{};
  ::syscall(SYS_capset, &version, none);
}

}  // namespace

std::string enter_sandbox(std::uint64_t memory_bytes) {
  volunteer_for_the_oom_killer();
  constexpr rlim_t kMostFiles = 256;
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_NOFILE, kMostFiles);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  memory_bytes = RLIM_INFINITY;  // the sanitizer's shadow is terabytes of what this would count
#endif
  const rlim_t memory = limit(RLIMIT_DATA, memory_bytes);
  // Nothing that this process could start would get more rights than it has; both below need it.
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  drop_capabilities();
  const int no_landlock = enter_landlock();  // first: seccomp does not let it through
  const int no_seccomp = enter_seccomp();
  const auto named = [](const char* name, int error_number) {
    return error_number == 0 ? std::string(name)
                             : fmt::format("no {} ({})", name, errno_text(error_number));
  };
  return fmt::format("{}, {}, {}", named("seccomp", no_seccomp), named("landlock", no_landlock),
                     memory > 0 ? fmt::format("{} MiB of memory", memory >> 20U)
                                : std::string("no limit of memory"));
}

}  // namespace zeromiss
