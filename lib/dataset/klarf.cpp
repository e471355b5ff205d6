#include <zeromiss/base/error.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/dataset/klarf.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <set>
#include <tuple>

namespace zeromiss {
namespace {

struct Token {
  std::string text;
  std::uint64_t line = 1;
  bool quoted = false;
};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// Words and quoted texts up to the next ';', which ends a statement.
class Statements {
 public:
  Statements(std::string_view text, const std::string& name) : rest_(text), name_(name) {}

  /// False at the end of the text. A last statement without its ';' is cut: an error.
  bool next(std::vector<Token>& tokens) {
    tokens.clear();
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (c == '\n') ++line_;
      if (c == ';') {
        take(1);
        if (!tokens.empty()) return true;
      } else if (std::isspace(static_cast<unsigned char>(c)) != 0) {
        take(1);
      } else if (c == '"') {
        tokens.push_back(quoted());
      } else {
        const auto end = std::min(rest_.find_first_of(" \t\r\n;\""), rest_.size());
        tokens.push_back({std::string(rest_.substr(0, end)), line_, false});
        take(end);
      }
    }
    if (!tokens.empty())
      throw Error(ErrorKind::input,
                  fmt::format("{}:{}: the file ends inside \"{}\": was it cut?", name_,
                              tokens.front().line, printable(tokens.front().text)));
    return false;
  }

 private:
  Token quoted() {
    const auto end = rest_.find('"', 1);
    if (end == std::string_view::npos)
      throw Error(ErrorKind::input, fmt::format("{}:{}: a quote without its end", name_, line_));
    Token token{std::string(rest_.substr(1, end - 1)), line_, true};
    line_ += static_cast<std::uint64_t>(std::count(token.text.begin(), token.text.end(), '\n'));
    take(end + 1);
    return token;
  }
  void take(std::size_t count) { rest_.remove_prefix(count); }

  std::string_view rest_;
  const std::string& name_;
  std::uint64_t line_ = 1;
};

class Reader {
 public:
  explicit Reader(const std::string& name) : name_(name) {}

  Klarf read(std::string_view text) {
    Statements statements(text, name_);
    std::vector<Token> tokens;
    while (statements.next(tokens)) {
      if (ended_) fail(tokens.front(), "text behind EndOfFile");
      use(tokens);
    }
    if (!versioned_)
      throw Error(ErrorKind::input, name_ + ": no KLARF file: it does not begin with FileVersion");
    if (!ended_)
      throw Error(ErrorKind::input,
                  name_ + ": no EndOfFile: the transfer is not complete; copy it again");
    return std::move(klarf_);
  }

 private:
  [[noreturn]] void fail(const Token& at, const std::string& what) const {
    throw Error(ErrorKind::input, fmt::format("{}:{}: {}", name_, at.line, what));
  }

  void use(const std::vector<Token>& tokens) {
    const std::string keyword = lower(tokens.front().text);
    if (!versioned_) {
      if (keyword != "fileversion" || tokens.size() < 3 || tokens[1].text != "1")
        fail(tokens.front(), "expected FileVersion 1 N (KLARF 1.x)");
      versioned_ = true;
    } else if (keyword == "endoffile") {
      ended_ = true;
    } else if (keyword == "lotid") {
      lot_ = value(tokens);
    } else if (keyword == "waferid") {
      wafer_ = value(tokens);
    } else if (keyword == "slot") {
      slot_ = static_cast<int>(number(tokens.at(tokens.size() > 1 ? 1 : 0)));
    } else if (keyword == "tifffilename") {
      tiff_ = file_name(tokens);
    } else if (keyword == "defectrecordspec") {
      columns(tokens);
    } else if (keyword == "defectlist") {
      list(tokens);
    } else if (is_number(keyword)) {  // a ';' too many would hide the rest of a DefectList
      fail(tokens.front(), "a statement that begins with a number: a row behind the list's ';'?");
    }  // everything else describes the wafer or the tool and says nothing of pictures
  }

  static bool is_number(std::string_view text) {
    return !text.empty() &&
           std::string_view("0123456789.+-").find(text[0]) != std::string_view::npos;
  }

  std::string value(const std::vector<Token>& tokens) const {
    if (tokens.size() != 2) fail(tokens.front(), tokens.front().text + ": expected one value");
    return tokens[1].text;
  }

  std::string file_name(const std::vector<Token>& tokens) const {
    const std::string file = value(tokens);
    if (file.empty() || file == "." || file == ".." ||
        file.find_first_of(std::string("/\\:\0", 4)) != std::string::npos)
      fail(tokens.front(),
           fmt::format("TiffFileName \"{}\": expected a file name, no path", printable(file)));
    return file;
  }

  std::int64_t number(const Token& token) const {
    std::int64_t whole = 0;
    const char* end = token.text.data() + token.text.size();
    const auto [stop, problem] = std::from_chars(token.text.data(), end, whole);
    if (problem != std::errc() || stop != end)
      fail(token, fmt::format("expected a whole number, found \"{}\"", printable(token.text)));
    return whole;
  }

  void columns(const std::vector<Token>& tokens) {
    if (tokens.size() < 2 || static_cast<std::size_t>(number(tokens[1])) != tokens.size() - 2)
      fail(tokens.front(), "DefectRecordSpec: its number of columns is not the one it names");
    columns_.clear();
    for (std::size_t i = 2; i < tokens.size(); ++i) {
      std::string column = tokens[i].text;
      std::transform(column.begin(), column.end(), column.begin(),
                     [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
      columns_.push_back(column);
    }
  }

  void list(const std::vector<Token>& tokens) {
    if (tokens.size() == 1) return;  // "DefectList ;": a wafer without defects
    if (columns_.empty()) fail(tokens.front(), "DefectList before any DefectRecordSpec");
    std::size_t at = 1;
    while (at < tokens.size()) row(tokens, at);
  }

  /// One row: as many values as columns; IMAGELIST is a count and so many pairs of page and type.
  void row(const std::vector<Token>& tokens, std::size_t& at) {
    const Token& first = tokens[at];
    const auto take = [&]() -> const Token& {
      if (at >= tokens.size())
        fail(first, "a defect has fewer values than DefectRecordSpec columns");
      return tokens[at++];
    };
    KlarfImage defect;
    defect.lot = lot_;
    defect.wafer = wafer_;
    defect.slot = slot_;
    defect.tiff = tiff_;
    std::optional<std::int64_t> image_count;
    std::vector<std::int64_t> pages;
    for (const std::string& column : columns_) {
      if (column == "IMAGELIST") {
        // A tool that has no pictures may leave the list out altogether.
        if (image_count == 0 && (at >= tokens.size() || tokens[at].text != "0")) continue;
        const Token& count = take();
        const std::int64_t images = number(count);
        constexpr std::int64_t kMost = 10'000;
        if (images < 0 || images > kMost || (image_count && *image_count != images))
          fail(count, "IMAGELIST does not have IMAGECOUNT pictures");
        for (std::int64_t i = 0; i < images; ++i) {
          pages.push_back(number(take()));
          static_cast<void>(number(take()));
        }
        continue;
      }
      const Token& token = take();
      if (column == "DEFECTID") defect.defect = number(token);
      if (column == "XINDEX") defect.x = number(token);
      if (column == "YINDEX") defect.y = number(token);
      if (column == "CLASSNUMBER") defect.class_number = number(token);
      if (column == "IMAGECOUNT") image_count = number(token);
    }
    ++klarf_.defects;
    if (pages.empty()) ++klarf_.without_image;
    for (const std::int64_t page : pages) add(first, defect, page);
  }

  void add(const Token& at, KlarfImage image, std::int64_t page) {
    if (page < 1)
      fail(at, fmt::format("page {} of defect {}: pages count from 1", page, image.defect));
    if (image.tiff.empty()) fail(at, "a defect has pictures, but no TiffFileName stands before it");
    image.page = page;
    if (!seen_.insert({image.lot, image.wafer, image.defect, page}).second)
      fail(at, fmt::format("defect {} has page {} twice", image.defect, page));
    klarf_.images.push_back(std::move(image));
  }

  const std::string& name_;
  Klarf klarf_;
  bool versioned_ = false, ended_ = false;
  std::string lot_, wafer_, tiff_;
  int slot_ = 0;
  std::vector<std::string> columns_;
  std::set<std::tuple<std::string, std::string, std::int64_t, std::int64_t>> seen_;
};

}  // namespace

Klarf parse_klarf(std::string_view text, const std::string& name) {
  return Reader(name).read(text);
}

}  // namespace zeromiss
