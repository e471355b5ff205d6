#include "support/catch.hpp"

#include <zeromiss/base/json.hpp>

#include <nlohmann/json.hpp>

#include <cmath>

using namespace zeromiss;

namespace {

JsonDocument parse(std::string_view text) { return JsonDocument(text, "t.json", ErrorKind::input); }

template <class Use>
std::string message_of(const Use& use) {
  try {
    use();
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("an error names file and key path", "[json]") {
  const auto document = parse(R"({"input": {"mean": [1, "0,5"]}})");
  CHECK(message_of([&] { (void)document.root().at("input").at("mean").at(1).number(); }) ==
        "t.json: input.mean[1]: expected a finite number, found \"0,5\"");
  CHECK(message_of([&] { (void)document.root().at("output"); }) ==
        "t.json: key \"output\" is missing");
}

TEST_CASE("what a lenient reader would let through is refused", "[json][error]") {
  const std::string text =
      GENERATE(as<std::string>{}, R"({"a": 1, "a": 2})", R"({"a": {"b": 1, "b": 1}})",
               "{\"a\": 1e400}", "{\"a\": NaN}", "{\"a\": 1,}", "{} x", "", "{\"a\": \"\xFF\"}",
               "// c\n{}", std::string("{}\0{", 4), std::string("{}\0", 3));
  CAPTURE(text);
  CHECK_THROWS_AS(parse(text), Error);
}

TEST_CASE("a duplicate key is named", "[json][error]") {
  CHECK(message_of([] { parse(R"({"limit": 0.9, "limit": 0.1})"); }) ==
        "t.json: duplicate key \"limit\"");
}

TEST_CASE("deep nesting ends in an error, not in the stack", "[json][error]") {
  CHECK_THROWS_AS(parse(std::string(1000000, '[')), Error);
  CHECK_NOTHROW(parse(std::string(64, '[') + std::string(64, ']')));
  CHECK_THROWS_AS(parse(std::string(65, '[') + std::string(65, ']')), Error);
}

TEST_CASE("integers are read without loss or not at all", "[json]") {
  const auto document =
      parse(R"({"a": 4294967297, "b": 0.9, "c": 1.0, "d": -1, "e": 18446744073709551615})");
  const JsonNode root = document.root();
  CHECK(root.at("a").integer(0, 5000000000) == 4294967297);
  CHECK_THROWS_AS(root.at("a").integer(0, 4294967296), Error);
  CHECK_THROWS_AS(root.at("b").integer(0, 9), Error);
  CHECK_THROWS_AS(root.at("c").integer(0, 9), Error);
  CHECK_THROWS_AS(root.at("d").integer(0, 9), Error);
  CHECK_THROWS_AS(root.at("e").integer(0, INT64_MAX), Error);
}

TEST_CASE("unknown keys are refused", "[json][error]") {
  const auto document = parse(R"({"widht": 3})");
  CHECK(message_of([&] { document.root().only({"width"}); }) ==
        "t.json: unknown key \"widht\" (known here: width)");
}

TEST_CASE("the writer refuses what JSON cannot say and mends what is not UTF-8", "[json]") {
  CHECK_THROWS_AS(json_line({{"a", std::nan("")}}), std::logic_error);
  CHECK_THROWS_AS(json_line({{"a", {1.0, INFINITY}}}), std::logic_error);
  CHECK(json_line({{"a", "\xFF"}}) == "{\"a\":\"\xEF\xBF\xBD\"}");
}
