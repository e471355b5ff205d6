#include "support/catch.hpp"

#include <zeromiss/base/text.hpp>

using namespace zeromiss;

TEST_CASE("names that look alike have one key, others not", "[text]") {
  CHECK(name_key("A.PNG") == name_key("a.png"));
  // e with acute: one code point, or e and a combining accent; Hangul: a syllable, or its letters
  CHECK(name_key("caf\xC3\xA9") == name_key("cafe\xCC\x81"));
  CHECK(name_key("\xEA\xB8\x81") == name_key("\xE1\x84\x80\xE1\x85\xB3\xE1\x86\xB0"));
  CHECK(name_key("caf\xC3\xA9") != name_key("cafe"));
  CHECK(name_key("a1") != name_key("a\xC2\xB9"));  // a superscript is another name
  CHECK(name_key("\xFF") == "\xFF");
}

TEST_CASE("finite numbers have a point and nothing around them", "[text]") {
  CHECK(finite_number("-2.5e1") == -25.0);
  for (const char* text : {"", " 1", "1 ", "0,5", "+1", "nan", "inf", "1e999", "0x1", "1.2.3"}) {
    CAPTURE(text);
    CHECK_FALSE(finite_number(text));
  }
}

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
