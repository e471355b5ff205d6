#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <zeromiss/dataset/image_hashes.hpp>

using namespace zeromiss;
using namespace zeromiss::test;
using Catch::Matchers::ContainsSubstring;

namespace {

Digest digest(char digit) { return digest_of(std::string(64, digit)).value(); }

std::string refusal(const std::string& text) {
  try {
    ImageHashes::parse(text, "list", ErrorKind::refused);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::refused);
    return error.what();
  }
  return "read";
}

}  // namespace

TEST_CASE("a digest is 64 lower-case hex digits and nothing else") {
  const std::string hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  CHECK(digest_hex(digest_of(hex).value()) == hex);
  CHECK_FALSE(digest_of(hex + "0").has_value());
  CHECK_FALSE(digest_of(std::string(64, 'A')).has_value());
  CHECK_FALSE(digest_of(std::string(64, 'g')).has_value());
  CHECK_FALSE(digest_of("").has_value());
}

TEST_CASE("a list of images is sorted, has none twice, and knows its own") {
  const ImageHashes images({digest('c'), digest('1'), digest('c'), digest('a')});
  CHECK(images.size() == 3);
  CHECK(images.contains(digest('a')));
  CHECK_FALSE(images.contains(digest('b')));
  const std::string text =
      std::string(64, '1') + "\n" + std::string(64, 'a') + "\n" + std::string(64, 'c') + "\n";
  CHECK(images.text() == text);
  CHECK(ImageHashes::parse(text, "list", ErrorKind::refused).text() == text);
}

TEST_CASE("a list that was changed is refused, naming the line") {
  const std::string one = std::string(64, '1') + "\n", two = std::string(64, '2') + "\n";
  CHECK(refusal("") == "read");
  CHECK_THAT(refusal(two + one), ContainsSubstring("list:2: "));
  CHECK_THAT(refusal(one + one), ContainsSubstring("list:2: "));
  CHECK_THAT(refusal(one + std::string(64, '2')), ContainsSubstring("list:2: "));
  CHECK_THAT(refusal(one + "\n"), ContainsSubstring("list:2: "));
  const TempFolder folder;
  write_file(folder / "list", one);
  CHECK(ImageHashes::read(folder / "list", sha256_hex(std::string_view(one)), ErrorKind::input)
            .size() == 1);
  CHECK_THROWS_AS(
      ImageHashes::read(folder / "list", sha256_hex(std::string_view(two)), ErrorKind::input),
      Error);
}
