#include "child_process.hpp"

#include "wire.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <mutex>
#include <queue>
#include <system_error>
#include <thread>
#include <utility>

namespace zeromiss {
namespace {

using Clock = std::chrono::steady_clock;

void require(bool done, int error_number, const char* what) {
  if (!done) throw std::system_error(error_number, std::generic_category(), what);
}

Descriptor new_memory(const char* name) {
  Descriptor made(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  require(made.get() >= 0, errno, "memfd_create");
  return made;
}

void seal(const Descriptor& memory, int seals) {
  require(::fcntl(memory.get(), F_ADD_SEALS, seals | F_SEAL_SEAL) == 0, errno, "F_ADD_SEALS");
}

/// What posix_spawn is told; each of its calls may run out of memory.
class SpawnPlan {
 public:
  SpawnPlan() {
    check(::posix_spawn_file_actions_init(&actions_));
    check(::posix_spawnattr_init(&attributes_));
  }
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  void null_streams() {
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
      check(::posix_spawn_file_actions_addopen(&actions_, stream, "/dev/null", O_RDWR, 0));
  }
  void hand_over(int from, int to) {
    check(::posix_spawn_file_actions_adddup2(&actions_, from, to));
  }
  void apart() {
    sigset_t blocked;
    ::sigemptyset(&blocked);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&blocked, signal);
    check(::posix_spawnattr_setsigmask(&attributes_, &blocked));
    check(::posix_spawnattr_setpgroup(&attributes_, 0));
    check(::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP));
  }
  pid_t run(const Spawner::Order& order) {
    std::string name = "inspect", argument = order.argument;
    char* const arguments[] = {name.data(), argument.data(), nullptr};
    pid_t process = -1;
    check(::posix_spawn(&process, order.program.c_str(), &actions_, &attributes_, arguments,
                        environ));
    return process;
  }

 private:
  static void check(int error_number) { require(error_number == 0, error_number, "posix_spawn"); }
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

/// @param flags  WNOWAIT: look only, do not bury it
bool wait_for_end(pid_t process, std::chrono::milliseconds limit, int flags, siginfo_t& end) {
  const auto deadline = Clock::now() + limit;
  constexpr std::chrono::microseconds kLongest(20'000);
  for (std::chrono::microseconds pause(100);; pause = std::min(pause * 2, kLongest)) {
    end.si_pid = 0;
    const int failed = ::waitid(P_PID, static_cast<id_t>(process), &end, WEXITED | WNOHANG | flags);
    if (failed == 0 && end.si_pid == process) return true;
    if ((failed != 0 && errno != EINTR) || Clock::now() >= deadline) return false;
    std::this_thread::sleep_for(pause);
  }
}

std::string describe(const siginfo_t& end) {
  if (end.si_code == CLD_EXITED)
    return fmt::format("ended itself with exit code {}", end.si_status);
  const char* name = ::sigdescr_np(end.si_status);
  const char* hint = end.si_status == SIGKILL ? ": the system was out of memory"
                     : end.si_status == SIGSYS
                         ? ": it tried what --isolate forbids, such as writing a file"
                         : "";
  return fmt::format("was killed by signal {} ({}){}", end.si_status,
                     name == nullptr ? "unknown" : name, hint);
}

/// A copy above the numbers that the child's descriptors get: dup2 would overwrite one otherwise.
Descriptor out_of_the_way(int descriptor) {
  Descriptor copy(::fcntl(descriptor, F_DUPFD_CLOEXEC, int{kFirstFreeDescriptor}));
  require(copy.get() >= 0, errno, "F_DUPFD_CLOEXEC");
  return copy;
}

pid_t spawn_now(const Spawner::Order& order) {
  const Descriptor socket = out_of_the_way(order.socket);
  const Descriptor archive = out_of_the_way(order.archive);
  const Descriptor arena = out_of_the_way(order.arena);
  SpawnPlan plan;
  plan.null_streams();
  plan.hand_over(socket.get(), kChildSocket);
  plan.hand_over(archive.get(), kChildArchive);
  plan.hand_over(arena.get(), kChildArena);
  plan.apart();
  return plan.run(order);
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(value_, other.value_);
  return *this;
}

void Descriptor::reset() {
  if (value_ >= 0) ::close(value_);
  value_ = -1;
}

SharedMemory::SharedMemory(const char* name, std::size_t size, std::size_t used)
    : descriptor_(new_memory(name)), size_(size) {
  require(::ftruncate(descriptor_.get(), static_cast<off_t>(size)) == 0, errno, "ftruncate");
  const int failed = ::posix_fallocate(descriptor_.get(), 0, static_cast<off_t>(used));
  require(failed == 0, failed, "posix_fallocate");
  seal(descriptor_, F_SEAL_SHRINK | F_SEAL_GROW);
  map(PROT_READ | PROT_WRITE);
}

SharedMemory::SharedMemory(Descriptor descriptor, bool writable)
    : descriptor_(std::move(descriptor)) {
  struct stat facts {};
  require(::fstat(descriptor_.get(), &facts) == 0, errno, "fstat");
  size_ = static_cast<std::size_t>(facts.st_size);
  map(writable ? PROT_READ | PROT_WRITE : PROT_READ);
}

SharedMemory::~SharedMemory() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

void SharedMemory::map(int protection) {
  if (size_ == 0) return;
  const int kind = (protection & PROT_WRITE) != 0 ? MAP_SHARED : MAP_PRIVATE;
  void* memory = ::mmap(nullptr, size_, protection, kind, descriptor_.get(), 0);
  require(memory != MAP_FAILED, errno, "mmap");
  data_ = static_cast<std::uint8_t*>(memory);
}

Descriptor sealed_copy(const char* name, const std::uint8_t* bytes, std::size_t size) {
  Descriptor memory = new_memory(name);
  for (std::size_t at = 0; at < size;) {
    const ssize_t written = ::write(memory.get(), bytes + at, size - at);
    if (written < 0 && errno == EINTR) continue;
    require(written > 0, errno, "write to memfd");
    at += static_cast<std::size_t>(written);
  }
  seal(memory, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
  return memory;
}

class Spawner::Worker {
 public:
  Worker() : thread_([this] { work(); }) {}
  ~Worker() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    changed_.notify_one();
  }
  std::future<pid_t> add(const Order& order) {
    std::packaged_task<pid_t()> task([order] { return spawn_now(order); });
    auto result = task.get_future();
    {
      const std::lock_guard lock(mutex_);
      tasks_.push(std::move(task));
    }
    changed_.notify_one();
    return result;
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [&] { return ending_ || !tasks_.empty(); });
      if (tasks_.empty()) return;
      auto task = std::move(tasks_.front());
      tasks_.pop();
      lock.unlock();
      task();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::queue<std::packaged_task<pid_t()>> tasks_;
  bool ending_ = false;
  std::jthread thread_;  // last: it uses the others
};

Spawner::Spawner() : worker_(std::make_unique<Worker>()) {}
Spawner::~Spawner() = default;
pid_t Spawner::spawn(const Order& order) { return worker_->add(order).get(); }

std::string end_process(pid_t process, std::chrono::milliseconds grace) {
  siginfo_t end{};
  const bool by_itself = wait_for_end(process, grace, WNOWAIT, end);
  if (!by_itself) ::kill(process, SIGKILL);
  // Where seccomp was missing it may have started others. Its number, still unburied, is theirs.
  ::kill(-process, SIGKILL);
  // A process that the kernel does not let go of is left behind, rather than waited for.
  constexpr std::chrono::seconds kPatience(5);
  if (!wait_for_end(process, kPatience, 0, end)) return "does not end";
  return by_itself ? describe(end) : "had to be killed";
}

bool send_packet(int socket, const std::string& bytes) {
  ssize_t sent = 0;
  do sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(bytes.size());
}

Received receive_packet(int socket, Clock::time_point deadline, std::string& bytes) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd waiting{socket, POLLIN, 0};
    const int ready =
        ::poll(&waiting, 1, static_cast<int>(std::clamp<std::int64_t>(left, 0, INT_MAX)));
    if (ready == 0 && left <= 0) return Received::timeout;
    if (ready < 0 && errno != EINTR) return Received::closed;
    if (ready <= 0) continue;  // a deadline beyond what poll can wait for, or a signal
    bytes.resize(kMaxPacketBytes);
    const ssize_t size = ::recv(socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_TRUNC);
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (size <= 0) return Received::closed;
    if (static_cast<std::size_t>(size) > bytes.size()) return Received::too_long;
    bytes.resize(static_cast<std::size_t>(size));
    return Received::packet;
  }
}

}  // namespace zeromiss
