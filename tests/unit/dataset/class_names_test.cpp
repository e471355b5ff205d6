#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <zeromiss/dataset/class_names.hpp>
#include <zeromiss/dataset/ground_truth.hpp>

using namespace zeromiss;
using Catch::Matchers::ContainsSubstring;
using test::TempFolder;
using test::write_file;

TEST_CASE("classes that people read as one are refused", "[classes]") {
  const std::string composed = "Ri\xC3\x9F \xC3\xA4", decomposed = "Ri\xC3\x9F a\xCC\x88";
  for (const auto& [one, other] :
       std::vector<std::pair<std::string, std::string>>{{"dent", "dent"},
                                                        {"dent", "Dent"},
                                                        {"dent", "dent "},
                                                        {"dent", "\tdent"},
                                                        {"dent", "dent\xC2\xA0"},
                                                        {"dent", "\xEF\xBB\xBF dent"},
                                                        {composed, decomposed}}) {
    CAPTURE(one, other);
    CHECK_THROWS_WITH(require_distinct_classes({"good", one, other}, "gt"),
                      ContainsSubstring("gt: the classes \"" + one + "\" and "));
  }
  CHECK_NOTHROW(require_distinct_classes({"dent", "dent 2", "d ent", "", "1", "01"}, "gt"));
}

TEST_CASE("labels of images are held to that in every format", "[classes]") {
  const TempFolder folder;
  write_file(folder / "gt.csv", "image,label\na,dent\nb,Dent\n");
  CHECK_THROWS_WITH(read_truth_csv(folder / "gt.csv"), ContainsSubstring("\"Dent\" and \"dent\""));
  write_file(folder / "gt/good/a.png", "");
  write_file(folder / "gt/Good/b.png", "");
  CHECK_THROWS_WITH(read_class_folders(folder / "gt"), ContainsSubstring("\"Good\" and \"good\""));
}
