#pragma once

#include <zeromiss/dataset/listing.hpp>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zeromiss {

class CsvReader;

/// How labels can be written down. Each has its own source file lib/dataset/truth_*.cpp; a new one
/// is an enumerator here, a line in ground_truth.cpp's table and that file.
enum class TruthFormat {
  class_folders,  ///< one folder a class, images anywhere below it
  mvtec,          ///< MVTec AD: test/good, test/DEFECT, ground_truth/DEFECT/NNN_mask.png
  csv,            ///< a table: image,label or image,value
};

/// What is known of one image. Labels of other kinds (boxes, masks) become members beside `label`,
/// empty where the format has none.
struct ImageTruth {
  std::string image;                   ///< the bytes of the path, relative, '/' between parts
  std::optional<std::size_t> label{};  ///< index into GroundTruth::classes
  std::optional<double> value{};       ///< a measurement, for regression
  std::optional<double> size{};        ///< of its defect, > 0, in pixels of area
};

struct GroundTruth {
  TruthFormat format = TruthFormat::class_folders;
  std::vector<std::string> classes;  ///< as the labels name them, sorted by bytes
  std::vector<ImageTruth> images;    ///< sorted by `image`, none twice
  std::vector<Skipped> skipped;      ///< found beside the labels and not used
  bool values = false;               ///< `value`s for regression instead of classes
  std::string good;                  ///< the class that is no defect, where the format says it
  std::string folder;                ///< "test/" where predictions may name the images with it
  std::vector<std::string> masks;    ///< one an image ("" = no defect), or none at all
  std::string size_column;           ///< where `size` comes from; empty: there are none
};

/// "folder", as --gt-format takes it.
std::string_view truth_format_name(TruthFormat format);
/// All names, for --help and messages.
std::vector<std::string_view> truth_format_names();
/// @throws Error(usage) for a name that is none
TruthFormat parse_truth_format(std::string_view name);

/// Looks at the place and says what it holds.
/// @throws Error(input) when it is missing or of no known format
TruthFormat detect_truth_format(const std::filesystem::path& place);

/// @param size_column  of a table; see read_truth_csv()
/// @throws Error(input) naming the place, and what in it cannot be used
GroundTruth read_ground_truth(const std::filesystem::path& place, TruthFormat format,
                              const std::string& size_column = "");

/// The readers behind read_ground_truth(), one a format.
GroundTruth read_class_folders(const std::filesystem::path& root);
GroundTruth read_mvtec(const std::filesystem::path& root);
/// @param size_column  with the sizes of the defects; empty: "size" where there is one; "none":
/// none
GroundTruth read_truth_csv(const std::filesystem::path& file, const std::string& size_column = "");

/// A measurement in a table, of labels or of predictions: from -1e100 to 1e100, so that the square
/// of a difference is still a number. @throws Error of the table's kind, naming file, line and
/// column
double measured_value(const CsvReader& table, std::size_t column);

}  // namespace zeromiss
