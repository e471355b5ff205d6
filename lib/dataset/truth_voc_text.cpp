// VOC's boxes as text, as object-detection metrics have been fed since: one file an image.
#include "label_text.hpp"
#include "object_builder.hpp"
#include "voc_box.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/base/text.hpp>

#include <fmt/format.h>

namespace zeromiss {
namespace {

constexpr std::size_t kNumbers = 4;

[[noreturn]] void fail(const std::string& place, const std::string& problem) {
  throw Error(ErrorKind::input, place + ": " + problem);
}

/// The names before the numbers: a class may have blanks in it.
std::string joined(const std::vector<std::string_view>& fields, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text.append(i == 0 ? "" : " ").append(fields[i]);
  return text;
}

}  // namespace

BoxNumbers voc_box(const std::vector<std::string_view>& fields, std::size_t first,
                   const std::string& place) {
  const double left = label_number(fields, first, place),
               top = label_number(fields, first + 1, place);
  const double right = label_number(fields, first + 2, place),
               bottom = label_number(fields, first + 3, place);
  if (right < left || bottom < top)
    fail(place, fmt::format("fields {} to {}: expected left top right bottom, found {} {} {} {}",
                            first, first + 3, left, top, right, bottom));
  return {left - 1.0, top - 1.0, right - left + 1.0, bottom - top + 1.0};
}

ObjectLabels read_voc_text(const std::filesystem::path& folder) {
  ObjectBuilder builder(folder.string());
  builder.read_from(folder);
  for (const auto& file : label_files(folder, ".txt")) {
    builder.read(file);
    const auto image = builder.add_image(file.stem().string(), 0, 0);
    for_each_label_row(file, [&](const auto& fields, const std::string& place) {
      const bool marked = lower_ascii(fields.back()) == "difficult";
      const std::size_t count = fields.size() - (marked ? 1 : 0);
      if (count < kNumbers + 1)
        fail(place, fmt::format("expected class left top right bottom, found {} fields", count));
      const std::size_t names = count - kNumbers;
      builder.add(image, joined(fields, names), voc_box(fields, names + 1, place), marked);
    });
  }
  return builder.take();
}

}  // namespace zeromiss
