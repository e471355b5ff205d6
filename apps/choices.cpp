#include "choices.hpp"

#include <charconv>

namespace zeromiss::app {
namespace {

/// The number of a whole text, or -1.
int whole_number(const std::string& text) {
  int number = -1;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc() && end == text.data() + text.size() ? number : -1;
}

}  // namespace

void add_count(CLI::App& app, const std::string& names, int& value, int highest,
               const std::string& help) {
  const auto check = [highest](const std::string& text) {
    const int number = whole_number(text);
    if (text == "auto" || (number >= 1 && number <= highest)) return std::string();
    return "expected auto or a whole number from 1 to " + std::to_string(highest) + ", found " +
           text;
  };
  const auto store = [&value](const std::string& text) {
    value = text == "auto" ? 0 : whole_number(text);
  };
  app.add_option_function<std::string>(names, store, help)
      ->check(CLI::Validator(check, "", "count"))
      ->type_name("N|auto")
      ->default_str(value == 0 ? "auto" : std::to_string(value));
}

CLI::Validator at_least_one() {
  // CLI11 reads -1 as the largest number there is, and 010 as 8.
  return {[](std::string& text) {
            const bool digits = text.find_first_not_of("0123456789") == std::string::npos;
            if (!text.empty() && digits && text.front() != '0') return std::string();
            return "expected a whole number from 1 on, found " + text;
          },
          "", "whole number"};
}

void add_precision(CLI::App& app, Precision& value, const std::string& help) {
  add_choice<Precision>(
      app, "--precision", value,
      {{"fp32", Precision::fp32}, {"bf16", Precision::bf16}, {"fp16", Precision::fp16}}, help);
}

}  // namespace zeromiss::app
