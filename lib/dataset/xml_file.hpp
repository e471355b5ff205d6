#pragma once
// An XML file whose errors name file and line.

#include <pugixml.hpp>

#include <cstdint>
#include <filesystem>
#include <string>

namespace zeromiss {

/// All members throw Error(input).
class XmlFile {
 public:
  /// At most 256 MiB; no external entities exist for the parser. @param root  name of the root
  XmlFile(const std::filesystem::path& file, const char* root);

  [[nodiscard]] pugi::xml_node root() const { return root_; }
  /// The one child of this name.
  [[nodiscard]] pugi::xml_node child(const pugi::xml_node& node, const char* name) const;
  /// Its text, without spaces around it; not empty.
  [[nodiscard]] std::string text(const pugi::xml_node& node, const char* name) const;
  [[nodiscard]] double number(const pugi::xml_node& node, const char* name) const;
  /// An attribute that must be there.
  [[nodiscard]] std::string attribute(const pugi::xml_node& node, const char* name) const;
  [[nodiscard]] double attribute_number(const pugi::xml_node& node, const char* name) const;

  /// `pixels` as the width or height of a picture.
  [[nodiscard]] std::uint32_t side(const pugi::xml_node& node, const char* name,
                                   double pixels) const;

  [[noreturn]] void fail(const pugi::xml_node& node, const std::string& problem) const;

 private:
  [[nodiscard]] double number_of(const pugi::xml_node& node, const char* name,
                                 const std::string& text) const;
  [[noreturn]] void fail_at(std::size_t offset, const std::string& problem) const;
  std::string name_, text_;
  pugi::xml_document document_;
  pugi::xml_node root_;
};

}  // namespace zeromiss
