#include "xml_file.hpp"

#include <zeromiss/base/files.hpp>
#include <zeromiss/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace zeromiss {
namespace {

constexpr std::uintmax_t kLargestFile = 256U << 20U;

std::string trimmed(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n";
  const auto begin = text.find_first_not_of(kSpaces);
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(kSpaces) - begin + 1));
}

}  // namespace

XmlFile::XmlFile(const std::filesystem::path& file, const char* root)
    : name_(file.string()), text_(read_text(file, ErrorKind::input, kLargestFile)) {
  if (!is_utf8(text_)) throw Error(ErrorKind::input, name_ + ": is not UTF-8");
  const auto result = document_.load_buffer(
      text_.data(), text_.size(), pugi::parse_default | pugi::parse_fragment, pugi::encoding_utf8);
  if (!result)
    fail_at(static_cast<std::size_t>(std::max<std::ptrdiff_t>(result.offset, 0)),
            fmt::format("not valid XML: {}", result.description()));
  for (const auto& node : document_.children()) {
    if (node.type() == pugi::node_pcdata) fail(node, "text outside the root element");
    if (node.type() != pugi::node_element) continue;
    if (root_) fail(node, "a second root element");
    root_ = node;
  }
  if (std::string_view(root_.name()) != root)
    fail(root_,
         fmt::format("expected the root element <{}>, found <{}>", root, printable(root_.name())));
}

pugi::xml_node XmlFile::child(const pugi::xml_node& node, const char* name) const {
  const auto found = node.child(name);
  if (!found) fail(node, fmt::format("<{}> lacks <{}>", node.name(), name));
  if (found.next_sibling(name)) fail(found, fmt::format("<{}> is there twice", name));
  return found;
}

std::string XmlFile::text(const pugi::xml_node& node, const char* name) const {
  const auto found = child(node, name);
  std::string text = trimmed(found.text().get());
  if (text.empty()) fail(found, fmt::format("<{}> is empty", name));
  return text;
}

double XmlFile::number(const pugi::xml_node& node, const char* name) const {
  return number_of(node.child(name), name, text(node, name));
}

std::string XmlFile::attribute(const pugi::xml_node& node, const char* name) const {
  const auto found = node.attribute(name);
  if (found.empty()) fail(node, fmt::format("<{}> lacks the attribute {}", node.name(), name));
  return found.value();
}

double XmlFile::attribute_number(const pugi::xml_node& node, const char* name) const {
  return number_of(node, name, attribute(node, name));
}

double XmlFile::number_of(const pugi::xml_node& node, const char* name,
                          const std::string& text) const {
  const auto value = finite_number(text);
  if (!value)
    fail(node, fmt::format("{}: expected a finite number, found \"{}\"", name, printable(text)));
  return *value;
}

std::uint32_t XmlFile::side(const pugi::xml_node& node, const char* name, double pixels) const {
  constexpr double kMostPixels = 1e6;
  if (!(pixels >= 1.0 && pixels <= kMostPixels) || pixels != std::floor(pixels))
    fail(node, fmt::format("{}: expected a whole number of pixels, found {}", name, pixels));
  return static_cast<std::uint32_t>(pixels);
}

void XmlFile::fail(const pugi::xml_node& node, const std::string& problem) const {
  fail_at(static_cast<std::size_t>(std::max<std::ptrdiff_t>(node.offset_debug(), 0)), problem);
}

void XmlFile::fail_at(std::size_t offset, const std::string& problem) const {
  const auto end = text_.begin() + static_cast<std::ptrdiff_t>(std::min(offset, text_.size()));
  throw Error(ErrorKind::input,
              fmt::format("{}:{}: {}", name_, std::count(text_.begin(), end, '\n') + 1, problem));
}

}  // namespace zeromiss
