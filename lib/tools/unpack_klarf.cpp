#include <zeromiss/base/error.hpp>
#include <zeromiss/base/files.hpp>
#include <zeromiss/base/message.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/dataset/klarf.hpp>
#include <zeromiss/image/tiff_pages.hpp>
#include <zeromiss/report/csv.hpp>
#include <zeromiss/report/wafers.hpp>
#include <zeromiss/tools/unpack_klarf.hpp>

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <map>
#include <set>
#include <string>
#include <system_error>
#include <vector>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

std::string image_name(const KlarfImage& image) {
  return fmt::format("{}/{}_{}.tif", wafer_file_name(image.lot, image.wafer), image.defect,
                     image.page);
}

/// Two defects may share a picture.
void copy_picture(const fs::path& picture, const fs::path& to) {
  std::error_code problem;
  if (!fs::copy_file(picture, to, problem))
    throw Error(ErrorKind::output,
                fmt::format("{}: cannot be written: {}", to.string(), problem.message()));
}

std::string defects_csv(const std::vector<KlarfImage>& images) {
  std::string text = "image,lot,wafer,slot,defect,page,x,y,class\n";
  for (const KlarfImage& image : images)
    text += fmt::format("{},{},{},{},{},{},{},{},{}\n", csv_text(image_name(image)),
                        csv_text(image.lot), csv_text(image.wafer), image.slot, image.defect,
                        image.page, image.x, image.y, image.class_number);
  return text;
}

}  // namespace

int unpack_klarf(const UnpackKlarfOptions& options, std::ostream& out) {
  if (options.klarf.empty()) throw Error(ErrorKind::usage, "say what to read: a KLARF file");
  if (options.output.empty())
    throw Error(ErrorKind::usage, "--output is missing: the folder for the pictures");
  constexpr std::uintmax_t kMostBytes = 1ULL << 30U;
  const Klarf klarf =
      parse_klarf(read_text(options.klarf, ErrorKind::input, kMostBytes), options.klarf.string());
  std::error_code problem;
  if (fs::exists(fs::symlink_status(options.output, problem)))
    throw Error(ErrorKind::output,
                fmt::format("{}: exists; choose another --output", options.output.string()));

  // By TIFF and page: each file is read once, from its first page to its last.
  std::map<std::string, std::map<std::uint64_t, std::vector<std::string>>> pages;
  std::string list;
  for (const KlarfImage& image : klarf.images) {
    pages[image.tiff][static_cast<std::uint64_t>(image.page)].push_back(image_name(image));
    list += image_name(image) + "\n";
  }
  make_folder(options.output);
  std::set<fs::path> folders;
  for (const KlarfImage& image : klarf.images)
    folders.insert((options.output / image_name(image)).parent_path());
  for (const fs::path& folder : folders) make_folder(folder);
  write_file_atomically(options.output / "images.txt", list);
  write_file_atomically(options.output / "defects.csv", defects_csv(klarf.images));

  std::uint64_t absent = 0;
  for (auto& [tiff, wanted] : pages) {
    std::vector<std::uint64_t> numbers;
    for (const auto& [page, names] : wanted) numbers.push_back(page);
    const auto target = [&, &wanted = wanted](std::uint64_t page) {
      return options.output / wanted.at(page).front();
    };
    const auto missing = copy_tiff_pages(options.klarf.parent_path() / tiff, numbers, target);
    for (const std::uint64_t page : missing) {
      absent += wanted.at(page).size();
      wanted.erase(page);
      print_message(fmt::format("inspect: {} has no page {}\n", printable(tiff), page));
    }
    for (const auto& [page, names] : wanted)
      for (std::size_t i = 1; i < names.size(); ++i)
        copy_picture(options.output / names.front(), options.output / names[i]);
  }
  fmt::print(out, "{} defects, {} pictures: {} not there; {} defects without a picture\n",
             klarf.defects, klarf.images.size(), absent, klarf.without_image);
  fmt::print(out, "inspect -m MODEL -i {0} --files-from {0}/images.txt -o RESULTS\n",
             options.output.string());
  return absent + klarf.without_image > 0 ? kExitSomeImagesFailed : kExitDone;
}

}  // namespace zeromiss
