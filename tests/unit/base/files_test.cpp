#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <zeromiss/base/files.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>

using namespace zeromiss;
using zeromiss::test::read_file;
using zeromiss::test::TempFolder;
using zeromiss::test::write_file;

namespace {

std::string code_of(const std::filesystem::path& file) {
  try {
    read_image_file(file);
  } catch (const ItemError& error) {
    return error.code();
  }
  return "read";
}

}  // namespace

TEST_CASE("what is no regular file is refused and never waited for", "[files][error]") {
  const TempFolder folder;
  REQUIRE(::mkfifo((folder / "fifo.png").c_str(), 0600) == 0);
  std::filesystem::create_directory(folder / "folder.png");
  std::filesystem::create_symlink("nowhere", folder / "broken.png");
  std::filesystem::create_symlink("loop.png", folder / "loop.png");
  for (const char* name : {"fifo.png", "folder.png", "broken.png", "loop.png", "absent.png"}) {
    CAPTURE(name);
    CHECK(code_of(folder / name) == "image.unreadable");
  }
  CHECK(code_of("/dev/zero") == "image.unreadable");
  CHECK_THROWS_AS(read_text("/dev/zero", ErrorKind::input, 100), Error);
}

TEST_CASE("a file is read whole, with its modification time", "[files]") {
  const TempFolder folder;
  write_file(folder / "a", std::string("x\0y", 3));
  struct timespec times[2] = {{1, 2}, {1700000000, 123456789}};
  REQUIRE(::utimensat(AT_FDCWD, (folder / "a").c_str(), times, 0) == 0);
  const FileContent content = read_image_file(folder / "a");
  CHECK(content.bytes == std::vector<std::uint8_t>{'x', 0, 'y'});
  CHECK(content.modified_ns == 1700000000123456789);
}

TEST_CASE("a file above the limit is refused before it is read", "[files][error]") {
  const TempFolder folder;
  write_file(folder / "a", "12345");
  CHECK(read_text(folder / "a", ErrorKind::input, 5) == "12345");
  CHECK_THROWS_AS(read_text(folder / "a", ErrorKind::input, 4), Error);
}

TEST_CASE("an atomic write replaces the whole file and leaves nothing beside it", "[files]") {
  const TempFolder folder;
  write_file(folder / "a", "old, and longer");
  write_file_atomically(folder / "a", "new");
  CHECK(read_file(folder / "a") == "new");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("a write that the system refuses is an error of the output", "[files][error]") {
  // A file-size limit refuses the write as a full disk would.
  const TempFolder folder;
  struct rlimit before {};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto old_handler = ::signal(SIGXFSZ, SIG_IGN);
  struct rlimit tight = before;
  tight.rlim_cur = 4;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
  std::string found = "no error";
  try {
    DurableFile file(folder / "a", 0);
    file.append("more than four bytes");
  } catch (const Error& error) {
    found = error.kind() == ErrorKind::output ? error.what() : "another kind";
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, old_handler);
  CHECK(found == (folder / "a").string() + ": cannot write: File too large");
}

TEST_CASE("a durable file keeps its valid part and appends", "[files]") {
  const TempFolder folder;
  write_file(folder / "a", "whole\ntor");
  DurableFile file(folder / "a", 6);
  file.append("line\n");
  file.close();
  CHECK(read_file(folder / "a") == "whole\nline\n");
}

TEST_CASE("a second lock on one folder is refused until the first is gone", "[files]") {
  const TempFolder folder;
  {
    const FolderLock first(folder.path());
    CHECK_THROWS_AS(FolderLock(folder.path()), Error);
  }
  CHECK_NOTHROW(FolderLock(folder.path()));
}
