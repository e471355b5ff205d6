// LD_PRELOAD library of the fault tests: lets the n-th call of one kind fail, or does something at
// that moment.
//
//   FAULT_CALL   open read write sync rename close truncate mkdir unlink stat list lock malloc
//   thread FAULT_NTH    which of them, from 1; only calls made after main() has begun are counted
//   FAULT_ALL    set: every one from the n-th on (a disk that stays full), else that one alone
//   FAULT_PATH   only calls on paths that contain this text
//   FAULT_ERRNO  the error, as a number (default EIO)
//   FAULT_ACTION fail (default), kill (SIGKILL instead of the call), after (the call, then
//   SIGKILL),
//                short (half of a read or write), run (the shell command FAULT_RUN, then the call)
//   FAULT_LOG    a file that is made when the n-th call comes: a run without it has fewer calls
//   FAULT_CLOCK  jump: the wall clock jumps between 1970 and today with every look at it
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

// glibc's own allocator under its other name: dlsym() itself allocates.
extern "C" void* __libc_malloc(std::size_t size);
extern "C" void* __libc_calloc(std::size_t count, std::size_t size);
extern "C" void* __libc_realloc(void* block, std::size_t size);
extern "C" void* __libc_memalign(std::size_t alignment, std::size_t size);

namespace {

enum class Call {
  open,
  read,
  write,
  sync,
  rename,
  close,
  truncate,
  mkdir,
  unlink,
  stat,
  list,
  lock,
  malloc,
  thread
};
constexpr std::array kCallNames = {"open",  "read",     "write",  "sync",   "rename",
                                   "close", "truncate", "mkdir",  "unlink", "stat",
                                   "list",  "lock",     "malloc", "thread"};
enum class Action { fail, kill, after, shortened, run };

struct Plan {
  bool active = false, all = false, jumping_clock = false;
  Call call = Call::open;
  Action action = Action::fail;
  long nth = 0;
  int error = EIO;
  const char *path = nullptr, *log = nullptr, *command = nullptr;
};

Plan g_plan;
std::atomic<bool> g_armed{false};
std::atomic<long> g_count{0};
thread_local bool t_inside = false;  // calls of this library itself are nobody's

const char* text_of(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : nullptr;
}

void read_plan() {
  const char* clock = text_of("FAULT_CLOCK");
  g_plan.jumping_clock = clock != nullptr && std::strcmp(clock, "jump") == 0;
  const char* call = text_of("FAULT_CALL");
  if (call == nullptr) return;
  for (std::size_t i = 0; i < kCallNames.size(); ++i) {
    if (std::strcmp(call, kCallNames[i]) != 0) continue;
    g_plan.call = static_cast<Call>(i);
    g_plan.active = true;
  }
  const auto number = [](const char* name, long other) {
    const char* value = text_of(name);
    return value == nullptr ? other : std::strtol(value, nullptr, 10);
  };
  g_plan.nth = number("FAULT_NTH", 1);
  g_plan.error = static_cast<int>(number("FAULT_ERRNO", EIO));
  g_plan.all = text_of("FAULT_ALL") != nullptr;
  g_plan.path = text_of("FAULT_PATH");
  g_plan.log = text_of("FAULT_LOG");
  g_plan.command = text_of("FAULT_RUN");
  const char* action = text_of("FAULT_ACTION");
  if (action == nullptr) return;
  if (std::strcmp(action, "kill") == 0) g_plan.action = Action::kill;
  if (std::strcmp(action, "after") == 0) g_plan.action = Action::after;
  if (std::strcmp(action, "short") == 0) g_plan.action = Action::shortened;
  if (std::strcmp(action, "run") == 0) g_plan.action = Action::run;
}

bool path_fits(const char* path) {
  return g_plan.path == nullptr || (path != nullptr && std::strstr(path, g_plan.path) != nullptr);
}

bool descriptor_fits(int descriptor) {
  if (g_plan.path == nullptr) return true;
  std::array<char, 64> link{};
  std::array<char, 4096> path{};
  std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", descriptor);
  return ::syscall(SYS_readlink, link.data(), path.data(), path.size() - 1) > 0 &&
         path_fits(path.data());
}

void run_command() {
  const pid_t child = ::fork();
  if (child == 0) {
    ::unsetenv("LD_PRELOAD");
    ::execl("/bin/sh", "sh", "-c", g_plan.command, static_cast<char*>(nullptr));
    ::_exit(127);
  }
  ::waitpid(child, nullptr, 0);
}

/// Whether this call's turn has come; what to do about it is `g_plan.action`.
bool is_due(Call call) {
  if (!g_plan.active || call != g_plan.call || !g_armed) return false;
  const long number = ++g_count;
  if (number != g_plan.nth && !(g_plan.all && number > g_plan.nth)) return false;
  if (g_plan.log != nullptr && number == g_plan.nth) {
    const auto log = ::syscall(SYS_open, g_plan.log, O_WRONLY | O_CREAT, 0666);
    ::syscall(SYS_close, log);
  }
  if (g_plan.action == Action::kill) ::raise(SIGKILL);
  if (g_plan.action == Action::run) {
    t_inside = true;
    run_command();
    t_inside = false;
    return false;
  }
  return true;
}

bool due_path(Call call, const char* path) {
  return g_plan.active && call == g_plan.call && !t_inside && path_fits(path) && is_due(call);
}
bool due_descriptor(Call call, int descriptor) {
  return g_plan.active && call == g_plan.call && !t_inside && descriptor_fits(descriptor) &&
         is_due(call);
}

template <class Function>
Function* next(const char* name) {
  t_inside = true;
  auto* found = reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
  t_inside = false;
  return found;
}

/// The end of a due call that returns -1 and errno, or that is done and followed by a kill.
template <class Real>
auto finish(bool due, const Real& real, decltype(real()) failed) {
  if (!due) return real();
  if (g_plan.action == Action::fail) {
    errno = g_plan.error;
    return failed;
  }
  const auto result = real();
  if (g_plan.action == Action::after) ::raise(SIGKILL);
  return result;
}

using Main = int (*)(int, char**, char**);
Main g_main = nullptr;
int armed_main(int argc, char** argv, char** environment) {
  read_plan();
  g_armed = true;
  return g_main(argc, argv, environment);
}

}  // namespace

extern "C" {

int __libc_start_main(Main main, int argc, char** argv, void (*init)(), void (*fini)(),
                      void (*rtld_fini)(), void* stack_end) {
  g_main = main;
  using Start = int(Main, int, char**, void (*)(), void (*)(), void (*)(), void*);
  return next<Start>("__libc_start_main")(armed_main, argc, argv, init, fini, rtld_fini, stack_end);
}

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const auto mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  static auto* real = next<int(const char*, int, ...)>("open");
  return finish(
      due_path(Call::open, path), [&] { return real(path, flags, mode); }, -1);
}
int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const auto mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  static auto* real = next<int(const char*, int, ...)>("open64");
  return finish(
      due_path(Call::open, path), [&] { return real(path, flags, mode); }, -1);
}
int openat(int folder, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const auto mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  static auto* real = next<int(int, const char*, int, ...)>("openat");
  return finish(
      due_path(Call::open, path), [&] { return real(folder, path, flags, mode); }, -1);
}
FILE* fopen(const char* path, const char* mode) {
  static auto* real = next<FILE*(const char*, const char*)>("fopen");
  return finish(
      due_path(Call::open, path), [&] { return real(path, mode); }, nullptr);
}
FILE* fopen64(const char* path, const char* mode) {
  static auto* real = next<FILE*(const char*, const char*)>("fopen64");
  return finish(
      due_path(Call::open, path), [&] { return real(path, mode); }, nullptr);
}

ssize_t read(int descriptor, void* buffer, std::size_t size) {
  static auto* real = next<ssize_t(int, void*, std::size_t)>("read");
  const bool due = due_descriptor(Call::read, descriptor);
  if (due && g_plan.action == Action::shortened) size = (size + 1) / 2;
  return finish(
      due, [&] { return real(descriptor, buffer, size); }, ssize_t{-1});
}
ssize_t write(int descriptor, const void* buffer, std::size_t size) {
  static auto* real = next<ssize_t(int, const void*, std::size_t)>("write");
  const bool due = due_descriptor(Call::write, descriptor);
  if (due && g_plan.action == Action::shortened) size = (size + 1) / 2;
  return finish(
      due, [&] { return real(descriptor, buffer, size); }, ssize_t{-1});
}
// SQLite's names for them.
ssize_t pread64(int descriptor, void* buffer, std::size_t size, off64_t offset) {
  static auto* real = next<ssize_t(int, void*, std::size_t, off64_t)>("pread64");
  return finish(
      due_descriptor(Call::read, descriptor),
      [&] { return real(descriptor, buffer, size, offset); }, ssize_t{-1});
}
ssize_t pwrite64(int descriptor, const void* buffer, std::size_t size, off64_t offset) {
  static auto* real = next<ssize_t(int, const void*, std::size_t, off64_t)>("pwrite64");
  return finish(
      due_descriptor(Call::write, descriptor),
      [&] { return real(descriptor, buffer, size, offset); }, ssize_t{-1});
}
int fsync(int descriptor) {
  static auto* real = next<int(int)>("fsync");
  return finish(
      due_descriptor(Call::sync, descriptor), [&] { return real(descriptor); }, -1);
}
int fdatasync(int descriptor) {
  static auto* real = next<int(int)>("fdatasync");
  return finish(
      due_descriptor(Call::sync, descriptor), [&] { return real(descriptor); }, -1);
}
int ftruncate(int descriptor, off_t size) noexcept {
  static auto* real = next<int(int, off_t)>("ftruncate");
  return finish(
      due_descriptor(Call::truncate, descriptor), [&] { return real(descriptor, size); }, -1);
}
int close(int descriptor) {
  static auto* real = next<int(int)>("close");
  const bool due = due_descriptor(Call::close, descriptor);
  if (due && g_plan.action == Action::fail)
    real(descriptor);  // the kernel closes it whatever it reports
  return finish(
      due, [&] { return real(descriptor); }, -1);
}
int rename(const char* from, const char* to) noexcept {
  static auto* real = next<int(const char*, const char*)>("rename");
  return finish(
      due_path(Call::rename, to), [&] { return real(from, to); }, -1);
}
int mkdir(const char* path, mode_t mode) noexcept {
  static auto* real = next<int(const char*, mode_t)>("mkdir");
  return finish(
      due_path(Call::mkdir, path), [&] { return real(path, mode); }, -1);
}
int unlink(const char* path) noexcept {
  static auto* real = next<int(const char*)>("unlink");
  return finish(
      due_path(Call::unlink, path), [&] { return real(path); }, -1);
}
int remove(const char* path) noexcept {
  static auto* real = next<int(const char*)>("remove");
  return finish(
      due_path(Call::unlink, path), [&] { return real(path); }, -1);
}
int stat(const char* path, struct stat* status) noexcept {
  static auto* real = next<int(const char*, struct stat*)>("stat");
  return finish(
      due_path(Call::stat, path), [&] { return real(path, status); }, -1);
}
int lstat(const char* path, struct stat* status) noexcept {
  static auto* real = next<int(const char*, struct stat*)>("lstat");
  return finish(
      due_path(Call::stat, path), [&] { return real(path, status); }, -1);
}
int fstat(int descriptor, struct stat* status) noexcept {
  static auto* real = next<int(int, struct stat*)>("fstat");
  return finish(
      due_descriptor(Call::stat, descriptor), [&] { return real(descriptor, status); }, -1);
}
DIR* opendir(const char* path) {
  static auto* real = next<DIR*(const char*)>("opendir");
  return finish(
      due_path(Call::list, path), [&] { return real(path); }, nullptr);
}
DIR* fdopendir(int descriptor) {
  static auto* real = next<DIR*(int)>("fdopendir");
  return finish(
      due_descriptor(Call::list, descriptor), [&] { return real(descriptor); }, nullptr);
}
struct dirent* readdir(DIR* folder) {
  static auto* real = next<struct dirent*(DIR*)>("readdir");
  return finish(
      due_descriptor(Call::list, ::dirfd(folder)), [&] { return real(folder); }, nullptr);
}
int flock(int descriptor, int operation) noexcept {
  static auto* real = next<int(int, int)>("flock");
  return finish(
      due_descriptor(Call::lock, descriptor), [&] { return real(descriptor, operation); }, -1);
}

void* malloc(std::size_t size) noexcept {
  if (g_plan.active && g_plan.call == Call::malloc && !t_inside && is_due(Call::malloc)) {
    errno = ENOMEM;
    return nullptr;
  }
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) noexcept {
  if (g_plan.active && g_plan.call == Call::malloc && !t_inside && is_due(Call::malloc)) {
    errno = ENOMEM;
    return nullptr;
  }
  return __libc_calloc(count, size);
}
void* realloc(void* block, std::size_t size) noexcept {
  if (g_plan.active && g_plan.call == Call::malloc && !t_inside && is_due(Call::malloc)) {
    errno = ENOMEM;
    return nullptr;
  }
  return __libc_realloc(block, size);
}
int posix_memalign(void** block, std::size_t alignment, std::size_t size) noexcept {
  if (g_plan.active && g_plan.call == Call::malloc && !t_inside && is_due(Call::malloc))
    return ENOMEM;
  *block = __libc_memalign(alignment, size);
  return *block == nullptr ? ENOMEM : 0;
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*body)(void*),
                   void* argument) noexcept {
  using Create = int(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static auto* real = next<Create>("pthread_create");
  if (!t_inside && is_due(Call::thread)) return EAGAIN;  // it returns its error
  return real(thread, attributes, body, argument);
}

int clock_gettime(clockid_t clock, struct timespec* now) noexcept {
  static auto* real = next<int(clockid_t, struct timespec*)>("clock_gettime");
  const int result = real(clock, now);
  static std::atomic<unsigned> looks{0};
  if (g_armed && g_plan.jumping_clock && clock == CLOCK_REALTIME && ++looks % 2 == 1) *now = {0, 0};
  return result;
}
time_t time(time_t* now) noexcept {
  struct timespec at {};
  clock_gettime(CLOCK_REALTIME, &at);
  if (now != nullptr) *now = at.tv_sec;
  return at.tv_sec;
}
int gettimeofday(struct timeval* now, void* /*zone*/) noexcept {
  struct timespec at {};
  clock_gettime(CLOCK_REALTIME, &at);
  *now = {at.tv_sec, at.tv_nsec / 1000};
  return 0;
}

}  // extern "C"
