// A table with a row an image: `image,label` or `image,value`; other columns are named as skipped.
#include "truth_builder.hpp"

#include <zeromiss/base/csv_reader.hpp>
#include <zeromiss/base/text.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

namespace zeromiss {
namespace {

struct Columns {
  std::size_t image;
  std::optional<std::size_t> label, value, size;
};

Columns columns_of(const CsvReader& table, const std::string& size_column) {
  const auto image = table.column("image"), label = table.column("label"),
             value = table.column("value");
  if (!image || (!label && !value))
    table.fail(fmt::format("expected the columns image,label or image,value, found {}",
                           printable(fmt::format("{}", fmt::join(table.header(), ",")))));
  if (label && value)
    table.fail("both a label and a value: keep the column that is to be evaluated");
  const std::string wanted = size_column.empty() ? "size" : size_column;
  const auto size = size_column == "none" ? std::nullopt : table.column(wanted);
  if (!size && !size_column.empty() && size_column != "none")
    table.fail(fmt::format("there is no column \"{}\" (--size-column)", printable(size_column)));
  return {*image, label, value, size};
}

/// Of a good image it may be empty.
std::optional<double> size_of(const CsvReader& table, std::size_t column) {
  if (table.text(column).empty()) return std::nullopt;
  const double size = table.number(column);
  if (!(size > 0.0))
    table.fail(column,
               "expected the size of the defect, above 0, or nothing (--size-column none "
               "leaves sizes out)");
  return size;
}

[[noreturn]] void fail_twice(const std::filesystem::path& file, const std::string& image,
                             const std::string& size_column) {
  CsvReader table(file, ErrorKind::input);
  const Columns columns = columns_of(table, size_column);
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

double measured_value(const CsvReader& table, std::size_t column) {
  constexpr double kLargest = 1e100;
  const double value = table.number(column);
  if (std::abs(value) > kLargest)
    table.fail(column,
               fmt::format("expected a value from -{0:g} to {0:g}, found {1:g}", kLargest, value));
  return value;
}

GroundTruth read_truth_csv(const std::filesystem::path& file, const std::string& size_column) {
  CsvReader table(file, ErrorKind::input);
  const Columns columns = columns_of(table, size_column);
  TruthBuilder builder;
  while (table.next()) {
    std::string image = table.name(columns.image);
    ImageTruth& added = columns.label
                            ? builder.add(std::move(image), table.name(*columns.label))
                            : builder.add(std::move(image), measured_value(table, *columns.value));
    if (columns.size) added.size = size_of(table, *columns.size);
  }
  if (const auto twice = builder.sort()) fail_twice(file, *twice, size_column);
  GroundTruth truth = builder.take(TruthFormat::csv, file);
  truth.values = columns.value.has_value();
  if (columns.size) truth.size_column = table.header()[*columns.size];
  for (std::size_t i = 0; i < table.header().size(); ++i)
    if (i != columns.image && i != columns.label && i != columns.value && i != columns.size)
      truth.skipped.push_back({table.header()[i], "a column that is not evaluated"});
  return truth;
}

}  // namespace zeromiss
