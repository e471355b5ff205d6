#include "support/catch.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/report/name_pattern.hpp>

using namespace zeromiss;
using Fields = std::map<std::string, std::string>;

TEST_CASE("fields are read out of a file's name", "[names]") {
  const NamePattern pattern("{lot}_{wafer}_{x}_{y}");
  CHECK(pattern.match("a/b/L1_W07_-3_+12.png") ==
        Fields{{"lot", "L1"}, {"wafer", "W07"}, {"x", "-3"}, {"y", "+12"}});
  CHECK(pattern.match("L.1_W07_3_4.tar.png") == std::nullopt);  // "4.tar" is no whole number
  CHECK(pattern.match("L.1_W07_3_4.png").value().at("lot") == "L.1");
  CHECK(pattern.match("로트_W_1_2.png").value().at("lot") == "로트");
  for (const char* wrong : {"L1_W07_3.png", "L1_W07_3_.png", "L1_W07_x_4.png", "_W07_3_4.png",
                            "L_1_W07_3_4.png", "L1_W07_3_4_5.png", "", ".png"})
    CHECK(pattern.match(wrong) == std::nullopt);
}

TEST_CASE("a pattern with a slash is held against the whole path", "[names]") {
  const NamePattern pattern("{lot}/{wafer}/die_{x}_{y}");
  CHECK(pattern.match("L1/W1/die_3_4.png").value().at("lot") == "L1");
  CHECK(pattern.match("deep/L1/W1/die_3_4.png") == std::nullopt);
  CHECK(NamePattern("{part}-{view}").match("L1/W1/A-front.jpg").value().at("part") == "A");
}

TEST_CASE("a field ends at the character that follows it in the pattern", "[names]") {
  // "a-b-c" has one reading only: the part cannot hold the character that ends it.
  CHECK(NamePattern("{part}-{view}").match("a-b-c.png").value() ==
        Fields{{"part", "a"}, {"view", "b-c"}});
  CHECK(NamePattern("{part}-{view}-").match("a-b-c-.png") == std::nullopt);
}

TEST_CASE("patterns that cannot be meant are refused", "[names]") {
  for (const char* wrong : {"", "plain", "{}", "{Lot}", "{lot", "{lot}{wafer}", "{x}_{x}"})
    CHECK_THROWS_AS(NamePattern(wrong), Error);
}
