#include "landlock.hpp"

#include "child_process.hpp"

#include <fcntl.h>
#include <link.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>

namespace zeromiss {
namespace {

constexpr std::uint64_t kReading =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;

/// Everything that this kernel can forbid. @param abi  what it says it knows
std::uint64_t all_rights(long abi) {
  constexpr std::uint64_t kFirst = LANDLOCK_ACCESS_FS_MAKE_SYM;  // the last right of version 1
  constexpr std::uint64_t kRefer = kFirst << 1U, kTruncate = kFirst << 2U;  // versions 2 and 3
  std::uint64_t rights = 2 * kFirst - 1;
  if (abi >= 2) rights |= kRefer;
  if (abi >= 3) rights |= kTruncate;
  return rights;
}

/// Folders that are read while a model runs: processors and memory, and libraries that are loaded
/// when they are first needed, which lie beside those that are loaded.
std::set<std::string> readable_folders() {
  std::set<std::string> folders{"/proc", "/sys", "/usr", "/lib", "/lib64", "/etc/ld.so.cache"};
  const auto add = [](dl_phdr_info* info, std::size_t, void* list) {
    const std::filesystem::path library = info->dlpi_name;
    if (library.is_absolute())
      static_cast<std::set<std::string>*>(list)->insert(library.parent_path().string());
    return 0;
  };
  ::dl_iterate_phdr(add, &folders);
  return folders;
}

bool allow_reading(int rules, const std::string& folder) {
  const Descriptor opened(::open(folder.c_str(), O_PATH | O_CLOEXEC));
  if (opened.get() < 0) return true;  // not on this machine
  const bool is_folder = std::filesystem::is_directory(folder);
  landlock_path_beneath_attr rule{};
  rule.allowed_access =
      is_folder ? kReading : kReading & ~std::uint64_t{LANDLOCK_ACCESS_FS_READ_DIR};
  rule.parent_fd = opened.get();
  return ::syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

}  // namespace

int enter_landlock() {
  const long abi =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (abi < 0) return errno;
  landlock_ruleset_attr wanted{};
  wanted.handled_access_fs = all_rights(abi);
  const Descriptor rules(
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &wanted, sizeof wanted, 0)));
  if (rules.get() < 0) return errno;
  for (const std::string& folder : readable_folders())
    if (!allow_reading(rules.get(), folder)) return errno;
  return ::syscall(SYS_landlock_restrict_self, rules.get(), 0) == 0 ? 0 : errno;
}

}  // namespace zeromiss
