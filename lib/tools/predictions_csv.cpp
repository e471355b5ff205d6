// A table with a row an image: image,label | image,score | image,label,score | image and one
// probability column a class (label and score may stand beside them) | image,value.
#include "predicted_run.hpp"

#include <zeromiss/base/csv_reader.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/dataset/ground_truth.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace zeromiss {
namespace {

constexpr const char* kExpected =
    "expected image,label | image,score | image,label,score | image,value | image and a "
    "probability "
    "column for each class";

struct Columns {
  std::size_t image = 0;
  std::optional<std::size_t> label, score, value;
  std::vector<std::size_t> classes;  ///< all others
};

Columns columns_of(const CsvReader& table) {
  if (table.column("verdict") && table.column("error_code"))
    table.fail("is the table that inspect makes for people: give --predictions its folder");
  const auto image = table.column("image");
  if (!image) table.fail(fmt::format("there is no column \"image\"; {}", kExpected));
  Columns columns{*image, table.column("label"), table.column("score"), table.column("value"), {}};
  for (std::size_t i = 0; i < table.header().size(); ++i)
    if (i != columns.image && i != columns.label && i != columns.score && i != columns.value)
      columns.classes.push_back(i);
  const bool others = columns.label || columns.score || !columns.classes.empty();
  if (columns.value && others) table.fail(fmt::format("columns beside the value; {}", kExpected));
  if (!columns.value && !others) table.fail(fmt::format("nothing is predicted; {}", kExpected));
  if (columns.classes.size() == 1)
    table.fail(columns.classes[0],
               fmt::format("not known, and one column alone holds no classes; {}", kExpected));
  return columns;
}

/// The order of --classes rules the table's own.
void order_by(const std::vector<std::string>& classes, const CsvReader& table, Columns& columns) {
  if (columns.classes.empty()) return;
  std::vector<std::size_t> ordered;
  for (const auto& name : classes) {
    const auto found = std::find_if(columns.classes.begin(), columns.classes.end(),
                                    [&](std::size_t i) { return table.header()[i] == name; });
    if (found == columns.classes.end())
      table.fail(
          fmt::format("no probability column for class \"{}\" of --classes", printable(name)));
    ordered.push_back(*found);
  }
  for (const std::size_t i : columns.classes)
    if (std::find(ordered.begin(), ordered.end(), i) == ordered.end())
      table.fail(i, "not among --classes");
  columns.classes = std::move(ordered);
}

std::string in_words(const Columns& columns) {
  if (columns.value) return "csv (values)";
  std::vector<std::string> parts;
  if (columns.label) parts.emplace_back("labels");
  if (columns.score) parts.emplace_back("scores of the positive class");
  if (!columns.classes.empty()) parts.emplace_back("probabilities");
  return fmt::format("csv ({})", fmt::join(parts, ", "));
}

double probability(const CsvReader& table, std::size_t column) {
  const double value = table.number(column);
  if (value < 0.0 || value > 1.0)
    table.fail(column, fmt::format("expected a probability from 0 to 1, found {}", value));
  return value;
}

}  // namespace

PredictedRun open_csv(const std::filesystem::path& file, const std::vector<std::string>& classes) {
  const CsvReader table(file, ErrorKind::input);
  Columns columns = columns_of(table);
  PredictedRun run;
  run.results = file;
  run.format = in_words(columns);
  run.values = columns.value.has_value();
  run.labels = columns.label || !columns.classes.empty();
  run.scores = columns.score || !columns.classes.empty();
  run.classes_given = !classes.empty();
  run.class_names = classes;
  if (run.classes_given)
    order_by(classes, table, columns);
  else
    for (const std::size_t i : columns.classes) run.class_names.push_back(table.header()[i]);
  return run;
}

void read_csv(const PredictedRun& run, const std::function<void(const PredictedImage&)>& use) {
  CsvReader table(run.results, ErrorKind::input);
  Columns columns = columns_of(table);
  if (run.classes_given) order_by(run.class_names, table, columns);
  PredictedImage image;
  while (table.next()) {
    image.image = table.name(columns.image);
    image.line = table.line();
    if (columns.label) image.label = table.name(*columns.label);
    if (columns.score) image.score = table.number(*columns.score);
    if (columns.value) image.score = measured_value(table, *columns.value);
    image.probabilities.clear();
    for (const std::size_t column : columns.classes)
      image.probabilities.push_back(probability(table, column));
    use(image);
  }
}

}  // namespace zeromiss
