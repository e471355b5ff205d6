// A table with a row an image: `image,label` or `image,value`; other columns are named as skipped.
#include "truth_builder.hpp"

#include <zeromiss/base/csv_reader.hpp>
#include <zeromiss/base/text.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace zeromiss {
namespace {

struct Columns {
  std::size_t image;
  std::optional<std::size_t> label, value;
};

Columns columns_of(const CsvReader& table) {
  const auto image = table.column("image"), label = table.column("label"),
             value = table.column("value");
  if (!image || (!label && !value))
    table.fail(fmt::format("expected the columns image,label or image,value, found {}",
                           printable(fmt::format("{}", fmt::join(table.header(), ",")))));
  if (label && value)
    table.fail("both a label and a value: keep the column that is to be evaluated");
  return {*image, label, value};
}

[[noreturn]] void fail_twice(const std::filesystem::path& file, const std::string& image) {
  CsvReader table(file, ErrorKind::input);
  const Columns columns = columns_of(table);
  std::uint64_t first = 0;
  while (table.next()) {
    if (table.text(columns.image) != image) continue;
    if (first > 0)
      table.fail(columns.image,
                 fmt::format("\"{}\" has a label in line {} already; label every image once",
                             printable(image), first));
    first = table.line();
  }
  table.fail("the file changed while it was read");
}

}  // namespace

GroundTruth read_truth_csv(const std::filesystem::path& file) {
  CsvReader table(file, ErrorKind::input);
  const Columns columns = columns_of(table);
  TruthBuilder builder;
  while (table.next()) {
    std::string image = table.name(columns.image);
    if (columns.label)
      builder.add(std::move(image), table.name(*columns.label));
    else
      builder.add(std::move(image), table.number(*columns.value));
  }
  if (const auto twice = builder.sort()) fail_twice(file, *twice);
  GroundTruth truth = builder.take(TruthFormat::csv);
  truth.values = columns.value.has_value();
  for (std::size_t i = 0; i < table.header().size(); ++i)
    if (i != columns.image && i != columns.label && i != columns.value)
      truth.skipped.push_back({table.header()[i], "a column that is not evaluated"});
  return truth;
}

}  // namespace zeromiss
