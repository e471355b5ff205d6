// junit.xml, as Jenkins' junit-10.xsd wants it.
#include <zeromiss/base/text.hpp>
#include <zeromiss/report/metrics_report.hpp>

#include <fmt/format.h>
#include <pugixml.hpp>

#include <algorithm>
#include <sstream>

namespace zeromiss {
namespace {

constexpr std::size_t kMostNames = 100;  ///< listed in one case; misses.csv has all

/// XML 1.0 cannot hold most control characters, not even escaped.
std::string xml_text(const std::string& text) {
  std::string safe = to_utf8(text);
  for (char& c : safe)
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n') c = '?';
  for (const std::string_view no_character : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"})  // U+FFFE, U+FFFF
    for (auto at = safe.find(no_character); at != std::string::npos; at = safe.find(no_character))
      safe.replace(at, no_character.size(), "?");
  return safe;
}

/// One line a name; a line end in a name is none of ours.
std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(kMostNames, names.size()); ++i)
    text.append(printable(names[i])).append("\n");
  if (names.size() > kMostNames) text += fmt::format("{} more\n", names.size() - kMostNames);
  return text;
}

/// A suite whose counts are written when its cases are known.
class Suite {
 public:
  Suite(pugi::xml_node parent, const char* name) : node_(parent.append_child("testsuite")) {
    node_.append_attribute("name") = name;
    for (const char* count : {"tests", "failures", "errors", "skipped"})
      node_.append_attribute(count) = 0;
    name_ = name;
  }
  void add(const std::string& name) { add_case(name); }
  void fail(const std::string& name, const char* type, const std::string& message,
            const std::vector<std::string>& images) {
    auto failure = add_case(name).append_child("failure");
    failure.append_attribute("type") = type;
    failure.append_attribute("message") = xml_text(printable(message)).c_str();
    if (!images.empty()) failure.text() = xml_text("\n" + listed(images)).c_str();
    count("failures");
  }
  void skip(const std::string& name, const char* message) {
    add_case(name).append_child("skipped").append_attribute("message") = message;
    count("skipped");
  }

 private:
  pugi::xml_node add_case(const std::string& name) {
    auto test = node_.append_child("testcase");
    test.append_attribute("classname") = name_;
    test.append_attribute("name") = xml_text(printable(name)).c_str();
    count("tests");
    return test;
  }
  void count(const char* what) {
    auto attribute = node_.attribute(what);
    attribute = attribute.as_uint() + 1;
  }

  pugi::xml_node node_;
  const char* name_ = "";
};

void add_gates(pugi::xml_node parent, const std::vector<Gate>& gates) {
  Suite suite(parent, "evaluate.gates");
  for (const Gate& gate : gates) {
    if (gate.state == GateState::pass)
      suite.add(gate.expression);
    else
      suite.fail(gate.expression, gate_state_name(gate.state),
                 fmt::format("{} ({})", gate.reason, gate_figures_text(gate)), gate.images);
  }
}

void add_classes(pugi::xml_node parent, const Evaluation& evaluation) {
  Suite suite(parent, "evaluate.escapes");
  for (const TruthRow& row : evaluation.truths) {
    if (!row.defect) continue;
    const auto all = row.decisions.total();
    if (all == 0) {
      suite.skip(row.name, "no image of this class: nothing is known of its escapes");
      continue;
    }
    const auto escapes = row.decisions.passed + row.decisions.missing;
    std::vector<std::string> images;
    for (const Miss& miss : evaluation.misses)
      if (miss.kind == MissKind::escape && miss.truth == row.name) images.push_back(miss.image);
    if (escapes == 0)
      suite.add(row.name);
    else
      suite.fail(row.name, "ESCAPE", fmt::format("{} of {} defective images passed", escapes, all),
                 images);
  }
}

}  // namespace

std::string junit_xml(const Evaluation& evaluation) {
  pugi::xml_document document;
  auto declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "UTF-8";
  auto suites = document.append_child("testsuites");
  add_gates(suites, evaluation.gates);
  if (evaluation.operating_point) add_classes(suites, evaluation);
  std::ostringstream out;
  document.save(out, " ", pugi::format_indent, pugi::encoding_utf8);
  return out.str();
}

}  // namespace zeromiss
