#include <zeromiss/model/content_rules.hpp>

#include <nlohmann/json.hpp>

#include <array>
#include <string>
#include <string_view>

namespace zeromiss {
namespace {

constexpr const char *kSixteenBit = "sixteen_bit", *kAlpha = "alpha", *kOrientation = "orientation";
// In the order of the enumerators; the first is what a key that is not there means.
constexpr std::array<std::string_view, 2> kSixteenBitWords{"refuse", "scale"};
constexpr std::array<std::string_view, 2> kAlphaWords{"refuse", "ignore"};
constexpr std::array<std::string_view, 3> kOrientationWords{"refuse", "apply", "ignore"};

}  // namespace

DecodeOptions read_content_rules(const JsonNode& input) {
  DecodeOptions rules;
  const auto choice = [&](const char* key, std::span<const std::string_view> words) -> std::size_t {
    const auto node = input.find(key);
    return node ? node->one_of(words) : 0;
  };
  rules.sixteen_bit = static_cast<SixteenBitRule>(choice(kSixteenBit, kSixteenBitWords));
  rules.alpha = static_cast<AlphaRule>(choice(kAlpha, kAlphaWords));
  rules.orientation = static_cast<OrientationRule>(choice(kOrientation, kOrientationWords));
  return rules;
}

nlohmann::ordered_json content_rules_json(const DecodeOptions& rules) {
  auto json = nlohmann::ordered_json::object();
  const auto add = [&](const char* key, std::span<const std::string_view> words, auto rule) {
    const auto place = static_cast<std::size_t>(rule);
    if (place > 0) json[key] = std::string(words[place]);
  };
  add(kSixteenBit, kSixteenBitWords, rules.sixteen_bit);
  add(kAlpha, kAlphaWords, rules.alpha);
  add(kOrientation, kOrientationWords, rules.orientation);
  return json;
}

}  // namespace zeromiss
