#include "support/catch.hpp"

#include <zeromiss/base/hash.hpp>

using namespace zeromiss;

// FIPS 180-4 example values:
// https://csrc.nist.gov/projects/cryptographic-standards-and-guidelines/example-values
TEST_CASE("SHA-256 gives NIST's example values", "[hash]") {
  CHECK(sha256_hex(std::string_view("abc")) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_hex(std::string_view("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256_hex(std::string_view("")) ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("a hash fed in pieces is the hash of the whole", "[hash]") {
  Sha256 hash;
  hash.update("a");
  hash.update("");
  hash.update("bc");
  CHECK(hash.hex() == sha256_hex(std::string_view("abc")));
}
