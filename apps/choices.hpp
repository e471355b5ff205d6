#pragma once

#include <zeromiss/model/precision.hpp>

#include <CLI/CLI.hpp>

#include <string>
#include <utility>
#include <vector>

namespace zeromiss::app {

/// An option that takes one of a few words: `--frames refuse|first`. Help and errors show the
/// words.
template <class Value>
void add_choice(CLI::App& app, const std::string& names, Value& value,
                const std::vector<std::pair<std::string, Value>>& choices,
                const std::string& help) {
  std::string words;
  std::string current;
  for (const auto& [word, meaning] : choices) {
    words += (words.empty() ? "" : "|") + word;
    if (meaning == value) current = word;
  }
  const auto check = [choices, words](const std::string& text) {
    for (const auto& choice : choices)
      if (choice.first == text) return std::string();
    return "expected " + words + ", found " + text;
  };
  const auto store = [choices, &value](const std::string& text) {
    for (const auto& [word, meaning] : choices)
      if (word == text) value = meaning;
  };
  app.add_option_function<std::string>(names, store, help)
      ->check(CLI::Validator(check, "", "choice"))
      ->type_name(words)
      ->default_str(current);
}

/// A count that may be left to the program: `--threads N|auto`; auto is 0.
void add_count(CLI::App& app, const std::string& names, int& value, int highest,
               const std::string& help);

/// Digits alone, from 1 on.
CLI::Validator at_least_one();

/// `--precision fp32|bf16|fp16`
void add_precision(CLI::App& app, Precision& value, const std::string& help);

}  // namespace zeromiss::app
