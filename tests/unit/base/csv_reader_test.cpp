#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <zeromiss/base/csv_reader.hpp>

using namespace zeromiss;
using Catch::Matchers::ContainsSubstring;
using test::TempFolder;
using test::write_file;

namespace {

using Rows = std::vector<std::vector<std::string>>;

/// The header and every row.
Rows rows_of(const std::string& text) {
  const TempFolder folder;
  write_file(folder / "t.csv", text);
  CsvReader reader(folder / "t.csv", ErrorKind::input);
  Rows rows{reader.header()};
  while (reader.next()) {
    rows.emplace_back();
    for (std::size_t i = 0; i < reader.header().size(); ++i) rows.back().push_back(reader.text(i));
  }
  return rows;
}

}  // namespace

TEST_CASE("fields are what RFC 4180 says, spaces and quotes included", "[csv]") {
  CHECK(rows_of("a,b\r\n1,2\r\n") == Rows{{"a", "b"}, {"1", "2"}});
  CHECK(rows_of("a,b\n\"x,y\",\"say \"\"hi\"\"\"\n") == Rows{{"a", "b"}, {"x,y", "say \"hi\""}});
  CHECK(rows_of("a,b\n\"two\r\nlines\", x \n") == Rows{{"a", "b"}, {"two\r\nlines", " x "}});
  CHECK(rows_of("a,b\n,\n\"\",\"\"") == Rows{{"a", "b"}, {"", ""}, {"", ""}});
  CHECK(rows_of("a\n\"\"\n") == Rows{{"a"}, {""}});
}

TEST_CASE("a byte order mark, missing last line ends and empty lines change nothing", "[csv]") {
  const Rows expected{{"image", "label"}, {"긁힘.png", "x"}};
  CHECK(rows_of("image,label\n긁힘.png,x\n") == expected);
  CHECK(rows_of("\xEF\xBB\xBFimage,label\r\n긁힘.png,x") == expected);
  CHECK(rows_of("image,label\n\n긁힘.png,x\r\n\r\n\n") == expected);
}

TEST_CASE("the header says which separator it is", "[csv]") {
  CHECK(rows_of("a;b\n1,5;2\n") == Rows{{"a", "b"}, {"1,5", "2"}});
  CHECK(rows_of("a\tb\n1;5\t2\n") == Rows{{"a", "b"}, {"1;5", "2"}});
  CHECK(rows_of("\"a;x\",b\n1,2\n") == Rows{{"a;x", "b"}, {"1", "2"}});
  CHECK(rows_of("only\n1\n") == Rows{{"only"}, {"1"}});
  CHECK_THROWS_WITH(rows_of("a;b,c\n"),
                    ContainsSubstring("t.csv:1: ") && ContainsSubstring("more than one of"));
}

TEST_CASE("what is no strict CSV is refused with its line", "[csv][error]") {
  const std::pair<std::string, std::string> bad[] = {
      {"", "t.csv:1: is empty"},
      {"\n\n", "is empty"},
      {"a,b\n1,2\n3\n", "t.csv:3: expected 2 fields as in the header, found 1"},
      {"a,b\n1,2,3\n", "t.csv:2: expected 2 fields as in the header, found 3"},
      {"a,b\n\"x\ny\",2\n1\n", "t.csv:4: expected 2 fields"},
      {"a,b\n1,x\"y\"\n", "t.csv:2: field 2: a quote inside"},
      {"a,b\n\"x\"y,2\n", "t.csv:2: field 1: text behind the closing quote"},
      {"a,b\n1,2\n\"x,2\n3,4\n", "t.csv:3: a quoted field does not end"},
      {"a,b\r1,2\r", "a CR without an LF"},
      {"a,b\n1,2\r", "t.csv:2: a CR without an LF"},
      {"a,b\n1,\xFF\n", "t.csv:2: field 2 is not UTF-8"},
      {std::string("a,b\n1,\0\n", 8), "t.csv:2: holds a NUL byte"},
      {"\xFF\xFE"
       "a",
       "UTF-16"},
      {"a,a\n", "column \"a\" is there twice"},
      {"a,,b\n", "column 2 has no name"},
      {"a\n\"" + std::string((1U << 20U) + 1, 'x'), "longer than 1 MiB"}};
  for (const auto& [text, message] : bad) {
    CAPTURE(text.substr(0, 40));
    CHECK_THROWS_WITH(rows_of(text), ContainsSubstring(message));
  }
}

TEST_CASE("rows are the same wherever the file's blocks end", "[csv]") {
  std::string text = "a,b\r\n";
  Rows expected{{"a", "b"}};
  for (int i = 0; i < 40'000; ++i) {  // 0.9 MB: several blocks of 256 KiB
    const std::string x(static_cast<std::size_t>(i % 7), 'x');
    text.append(x).append(",\"\"\"").append(std::to_string(i)).append("\r\"\r\n");
    expected.push_back({x, "\"" + std::to_string(i) + "\r"});
  }
  CHECK(rows_of(text) == expected);
}

TEST_CASE("numbers are finite, with a point, and nothing else", "[csv]") {
  const TempFolder folder;
  for (const auto& [text, value] : {std::pair("0.5", 0.5), std::pair("-1e-3", -0.001),
                                    std::pair("7", 7.0), std::pair("5e-324", 5e-324)}) {
    write_file(folder / "t.csv", std::string("v;w\n") + text + ";\n");
    CsvReader reader(folder / "t.csv", ErrorKind::input);
    REQUIRE(reader.next());
    CHECK(reader.number(0) == value);
  }
  for (const char* text : {"0,5", "", " 1", "1 ", "nan", "inf", "1e999", "0x10", "1.5.2", "--1"}) {
    CAPTURE(text);
    write_file(folder / "t.csv", std::string("v;w\n") + text + ";\n");
    CsvReader reader(folder / "t.csv", ErrorKind::input);
    REQUIRE(reader.next());
    CHECK_THROWS_WITH(reader.number(0),
                      ContainsSubstring("t.csv:2: column \"v\": expected a finite"));
  }
}

TEST_CASE("columns are found by name whatever its case", "[csv]") {
  const TempFolder folder;
  write_file(folder / "t.csv", "Image,LABEL\n,x\n");
  CsvReader reader(folder / "t.csv", ErrorKind::input);
  CHECK(reader.column("image") == 0);
  CHECK(reader.column("label") == 1);
  CHECK_FALSE(reader.column("score"));
  REQUIRE(reader.next());
  CHECK_THROWS_WITH(reader.name(0), ContainsSubstring("t.csv:2: column \"Image\": is empty"));
}
