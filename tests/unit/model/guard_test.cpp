#include "support/catch.hpp"

#include <zeromiss/model/guard.hpp>
#include <zeromiss/model/verdict.hpp>

#include <nlohmann/json.hpp>

#include <limits>

using namespace zeromiss;

namespace {

// width, height, brightness, contrast, sharpness, color_a, color_b
const std::vector<Profile> kPictures{{64, 64, 100, 20, 500, 128, 130},
                                     {64, 48, 120, 30, 900, 128, 126},
                                     {32, 64, 110, 25, 600, 128, 128}};

Guard parse(const std::string& text) {
  const JsonDocument document(text, "model.json", ErrorKind::input);
  return parse_guard(document.root());
}

std::string refusal(const std::string& text) {
  try {
    parse(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("a guard spans its pictures and a margin, sizes without", "[guard]") {
  const Guard guard = guard_of(kPictures, 0.1);
  CHECK(guard.images == 3);
  const std::array<double, 7> lowest{32, 48, 98, 19, 460, 128, 125.6};
  const std::array<double, 7> highest{64, 64, 122, 31, 940, 128, 130.4};
  for (std::size_t i = 0; i < lowest.size(); ++i) {
    CAPTURE(kProfileNames[i]);
    CHECK(guard.ranges[i].lowest == Approx(lowest[i]));
    CHECK(guard.ranges[i].highest == Approx(highest[i]));
  }
  CHECK_THROWS_AS(guard_of(std::span(kPictures).first(1), 0.1), std::invalid_argument);
}

TEST_CASE("what is outside is named, the ends are inside", "[guard]") {
  const Guard guard = guard_of(kPictures, 0.0);
  for (const Profile& picture : kPictures) CHECK(outside(guard, picture).empty());
  CHECK(outside(guard, {65, 64, 99.5, 20, 500, 128, 130}) ==
        std::vector<std::string>{"width 65 is outside 32 to 64",
                                 "brightness 99.5 is outside 100 to 120"});
  for (std::size_t i = 0; i < kProfileNames.size(); ++i)
    for (const double change : {-1000.0, 1000.0, std::numeric_limits<double>::quiet_NaN()}) {
      Profile picture = kPictures[0];
      picture[i] += change;
      CAPTURE(kProfileNames[i], change);
      CHECK(outside(guard, picture).size() == 1);
    }
}

TEST_CASE("a guard is read as it was written, and nothing else", "[guard]") {
  const Guard guard = guard_of(kPictures, 0.25);
  const auto json = guard_json(guard);
  const Guard again = parse(json.dump());
  CHECK(again.images == 3);
  CHECK(again.margin == 0.25);
  for (std::size_t i = 0; i < guard.ranges.size(); ++i) {
    CHECK(again.ranges[i].lowest == guard.ranges[i].lowest);
    CHECK(again.ranges[i].highest == guard.ranges[i].highest);
  }
  const auto edited = [&](const std::string& key, const nlohmann::ordered_json& value) {
    auto copy = json;
    copy[key] = value;
    return refusal(copy.dump());
  };
  CHECK(edited("hue", {0, 1}).find("\"hue\"") != std::string::npos);
  CHECK(edited("contrast", {3, 2}).find("contrast: 3 is above 2") != std::string::npos);
  CHECK(edited("contrast", {3}).find("expected 2 numbers") != std::string::npos);
  CHECK(edited("images", 1).find("images") != std::string::npos);
  auto missing = json;
  missing.erase("color_b");
  CHECK(refusal(missing.dump()).find("\"color_b\" is missing") != std::string::npos);
}

TEST_CASE("a margin is a share from 0 to 10", "[guard][error]") {
  for (const double margin : {0.0, 0.1, 10.0}) CHECK_NOTHROW(require_guard_margin(margin));
  for (const double margin : {-0.1, 10.1, std::numeric_limits<double>::quiet_NaN(),
                              std::numeric_limits<double>::infinity()})
    CHECK_THROWS_AS(require_guard_margin(margin), Error);
}
