#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <future>
#include <memory>
#include <string>

namespace zeromiss {

/// The descriptors that a child begins with, beside 0 to 2, which are /dev/null.
enum ChildDescriptor { kChildSocket = 3, kChildArchive, kChildArena, kFirstFreeDescriptor };

/// A file descriptor that is closed with its owner. -1: none.
class Descriptor {
 public:
  explicit Descriptor(int value = -1) : value_(value) {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& other) noexcept : value_(other.value_) { other.value_ = -1; }
  Descriptor& operator=(Descriptor&& other) noexcept;
  [[nodiscard]] int get() const { return value_; }
  void reset();

 private:
  int value_;
};

/// Memory without a name that two processes share. Its size is sealed: a child that could cut it
/// would kill its parent with SIGBUS.
class SharedMemory {
 public:
  /// Takes the first `used` bytes at once and the others when they are written.
  /// @throws std::system_error
  SharedMemory(const char* name, std::size_t size, std::size_t used);
  /// The memory behind a descriptor that somebody else made. @throws std::system_error
  SharedMemory(Descriptor descriptor, bool writable);
  ~SharedMemory();
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

  [[nodiscard]] std::uint8_t* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] int descriptor() const { return descriptor_.get(); }

 private:
  void map(int protection);
  Descriptor descriptor_;
  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

/// A read-only copy that nobody can change any more, not even we. @throws std::system_error
Descriptor sealed_copy(const char* name, const std::uint8_t* bytes, std::size_t size);

/// Starts processes from one thread that lives as long as they do: a child asks the kernel for
/// SIGKILL when its parent goes (PR_SET_PDEATHSIG), and for the kernel that parent is a thread.
class Spawner {
 public:
  Spawner();
  ~Spawner();
  Spawner(const Spawner&) = delete;
  Spawner& operator=(const Spawner&) = delete;

  struct Order {
    std::filesystem::path program;
    std::string argument;
    int socket, archive, arena;
  };
  /// In a process group of its own, with SIGINT, SIGTERM and SIGHUP blocked: those are for us.
  /// @throws std::system_error
  pid_t spawn(const Order& order);

 private:
  class Worker;
  std::unique_ptr<Worker> worker_;
};

/// Ends a child with all that it may have started, if it does not end by itself within `grace`.
/// @return how it ended: "was killed by signal 11 (Segmentation fault)", "ended itself with exit
/// code 3"
std::string end_process(pid_t process, std::chrono::milliseconds grace);

/// One packet; never blocks. @return false when the other side is gone
bool send_packet(int socket, const std::string& bytes);

/// What came of waiting for a packet.
enum class Received { packet, closed, too_long, timeout };
Received receive_packet(int socket, std::chrono::steady_clock::time_point deadline,
                        std::string& bytes);

}  // namespace zeromiss
