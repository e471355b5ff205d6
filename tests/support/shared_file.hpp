#pragma once
// Reads a JSON file of ../shared, the folder of published vectors beside the checkout. It is not
// part of the repository, so a test may have to say that it was skipped.

#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

/// No value, and a visible "SKIPPED", when the file is not there.
inline std::optional<nlohmann::json> shared_json(const std::string& relative) {
  const auto file = std::filesystem::path(ZEROMISS_SHARED_DIR) / relative;
  std::ifstream stream(file);
  if (!stream) {
    WARN("SKIPPED: " << file.string() << " is not there");
    return std::nullopt;
  }
  return nlohmann::json::parse(stream);
}
