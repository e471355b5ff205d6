#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <string_view>

namespace zeromiss::app {

/// CLI11 takes "[a,b]" for a list wherever several values may stand: a folder [lot] would be read
/// as the folder lot.
bool is_list_like(std::string_view text);
/// What to say of it.
std::string list_like_problem(const std::string& text);

/// --config and --print-config in JSON: {"batch": 8, "input": ["lot1"], "overwrite": true}, keys
/// are the long option names. Read as strictly as every other JSON of ours.
class JsonConfig : public CLI::Config {
 public:
  std::string to_config(const CLI::App* app, bool default_also, bool write_description,
                        std::string prefix) const override;
  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override;
};

}  // namespace zeromiss::app
