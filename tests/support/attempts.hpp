#pragma once

#include <fcntl.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <sched.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace zeromiss::test {

struct Attempt {
  std::string what;
  bool deadly;                     ///< ends the child, or just fails
  std::function<bool()> succeeds;  ///< undoes what it did
};

inline bool closed_again(int descriptor) { return descriptor >= 0 && ::close(descriptor) == 0; }

inline bool buried(pid_t child) {
  if (child == 0) ::_exit(0);
  return child > 0 && ::waitpid(child, nullptr, 0) == child;
}

/// What a model may not do and an ordinary process may. `folder` has a file "there".
inline std::vector<Attempt> attempts(const std::filesystem::path& folder) {
  const std::string there = folder / "there", made = folder / "made";
  return {
      {"read a file", false, [=] { return closed_again(::open(there.c_str(), O_RDONLY)); }},
      {"list a folder", false,
       [=] { return closed_again(::open(folder.c_str(), O_RDONLY | O_DIRECTORY)); }},
      {"write a file", true, [=] { return closed_again(::open(there.c_str(), O_WRONLY)); }},
      {"append to a file", true,
       [=] { return closed_again(::open(there.c_str(), O_RDWR | O_APPEND)); }},
      {"make a file", true,
       [=] {
         const int file = ::open(made.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600);
         return closed_again(file) && ::unlink(made.c_str()) == 0;
       }},
      {"make a nameless file", true,
       [=] { return closed_again(::open(folder.c_str(), O_TMPFILE | O_RDWR, 0600)); }},
      {"creat", true, [=] { return closed_again(::creat(there.c_str(), 0600)); }},
      {"make a folder", true,
       [=] { return ::mkdir(made.c_str(), 0700) == 0 && ::rmdir(made.c_str()) == 0; }},
      {"link", true,
       [=] { return ::link(there.c_str(), made.c_str()) == 0 && ::unlink(made.c_str()) == 0; }},
      {"rename", true,
       [=] {
         return ::rename(there.c_str(), made.c_str()) == 0 &&
                ::rename(made.c_str(), there.c_str()) == 0;
       }},
      {"change a file's mode", true, [=] { return ::chmod(there.c_str(), 0600) == 0; }},
      {"cut a file", true, [=] { return ::truncate(there.c_str(), 0) == 0; }},
      {"leave the folder", false, [] { return ::chdir(".") == 0; }},
      {"socket", true, [] { return closed_again(::socket(AF_INET, SOCK_STREAM, 0)); }},
      {"socket of this machine", true,
       [] { return closed_again(::socket(AF_UNIX, SOCK_STREAM, 0)); }},
      {"fork", true, [] { return buried(::fork()); }},
      {"vfork, as posix_spawn does it", true,
       [] {
         pid_t child = -1;
         char name[] = "true";
         char* const arguments[] = {name, nullptr};
         return ::posix_spawn(&child, "/bin/true", nullptr, nullptr, arguments, environ) == 0 &&
                ::waitpid(child, nullptr, 0) == child;
       }},
      {"system", true, [] { return std::system("true") == 0; }},
      {"signal its parent", true, [] { return ::kill(::getppid(), 0) == 0; }},
      {"signal itself by kill", true, [] { return ::kill(::getpid(), 0) == 0; }},
      {"outlive its parent", false, [] { return ::prctl(PR_SET_PDEATHSIG, 0) == 0; }},
      {"set a limit", false,
       [] {
         rlimit limit{};
         return ::getrlimit(RLIMIT_CORE, &limit) == 0 && ::setrlimit(RLIMIT_CORE, &limit) == 0;
       }},
      {"shared memory", false,
       [] { return closed_again(static_cast<int>(::syscall(SYS_memfd_create, "x", 0U))); }},
      {"read another's memory", true,
       [] {
         char from = 1, to = 0;
         iovec local{&to, 1}, remote{&from, 1};
         return ::process_vm_readv(::getpid(), &local, 1, &remote, 1, 0) == 1;
       }},
      {"read its parent's environment", false,
       [] {
         std::ifstream in("/proc/" + std::to_string(::getppid()) + "/environ");
         return in.get() != std::ifstream::traits_type::eof();
       }},
  };
}

}  // namespace zeromiss::test
