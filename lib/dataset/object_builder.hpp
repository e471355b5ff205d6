#pragma once
// What every reader of objects ends with: images sorted and none twice, classes numbered.

#include <zeromiss/dataset/object_readers.hpp>

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zeromiss {

class ObjectBuilder {
 public:
  /// @param place  what errors of the whole set begin with
  explicit ObjectBuilder(std::string place, std::vector<std::string> classes = {});

  /// @return its index, for add(). @throws Error(input) for a name that is there already
  std::uint32_t add_image(const std::string& name, std::uint32_t width, std::uint32_t height);
  void add(std::uint32_t image, std::string_view label, const BoxNumbers& box,
           bool difficult = false);
  /// A polygon x1, y1, x2, y2, …; its box is the smallest around it.
  void add(std::uint32_t image, std::string_view label, std::vector<double> polygon);
  void note(std::string path, std::string reason);
  /// Which files the labels are from, for those who must know that none was changed.
  void read_from(const std::filesystem::path& folder) { out_.folder = folder; }
  void read(const std::filesystem::path& file) {
    out_.files.push_back(file.lexically_relative(out_.folder).generic_string());
  }

  ObjectLabels take();

 private:
  std::uint32_t label_index(std::string_view label);
  void sort_images();
  void sort_classes();

  std::string place_;
  bool fixed_classes_;
  std::map<std::string, std::uint32_t, std::less<>> classes_;
  std::map<std::string, std::uint32_t> images_;
  ObjectLabels out_;
};

/// The smallest box around the points x1, y1, x2, y2, …
BoxNumbers box_around(std::span<const double> points);

}  // namespace zeromiss
