#include "support/catch.hpp"

#include <zeromiss/base/text.hpp>

using namespace zeromiss;

TEST_CASE("well-formed UTF-8 is recognised and kept", "[text]") {
  const std::string text =
      "a \xED\x95\x9C\xEA\xB8\x80 \xC3\xA9 \xF0\x9F\x9A\x80";  // Korean, e acute, rocket
  CHECK(is_utf8(text));
  CHECK(to_utf8(text) == text);
}

// Ill-formed sequences of the Unicode Standard, chapter 3.9, table 3-7.
TEST_CASE("ill-formed UTF-8 is refused and replaced", "[text]") {
  const std::string bad = GENERATE(as<std::string>{}, "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80",
                                   "\xF4\x90\x80\x80", "\xFF", "\x80", "\xE1\x80");
  CAPTURE(to_hex(bad));
  CHECK_FALSE(is_utf8(bad));
  CHECK(is_utf8(to_utf8(bad)));
  CHECK(to_utf8("x" + bad + "y").substr(0, 4) == "x\xEF\xBF\xBD");
  CHECK(to_utf8(bad + "y").back() == 'y');
}

TEST_CASE("hex goes there and back", "[text]") {
  const std::string bytes("\x00\x7F\xFF\x10", 4);
  CHECK(to_hex(bytes) == "007fff10");
  CHECK(from_hex("007fff10") == bytes);
  CHECK_THROWS_AS(from_hex("0g"), std::logic_error);
  CHECK_THROWS_AS(from_hex("000"), std::logic_error);
}

TEST_CASE("terminal text holds no control characters", "[text]") {
  CHECK(printable("a\x1b[31mb\nc\x7f") == "a?[31mb?c?");
}
