// Any bytes as a label file of every format: labels or an Error, never a crash, a leak or a hang.
// The first byte chooses the format, so that one corpus serves all readers.

#include <zeromiss/base/csv_reader.hpp>
#include <zeromiss/dataset/ground_truth.hpp>
#include <zeromiss/dataset/klarf.hpp>
#include <zeromiss/dataset/object_readers.hpp>

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace {

namespace fs = std::filesystem;

/// One folder a process, with a picture for the YOLO reader.
class Work {
 public:
  Work() : root_(fs::temp_directory_path() / ("zeromiss-fuzz-" + std::to_string(::getpid()))) {
    for (const char* folder : {"voc", "text", "found", "labelme", "yolo/images", "yolo/labels",
                               "yaml/images", "yaml/labels"})
      fs::create_directories(root_ / folder);
    const std::string picture = "P5\n2 2\n255\nabcd";
    write("yolo/images/a.pgm", picture);
    write("yolo/data.yaml", "val: images\nnames: [a, b]\n");
    write("yaml/images/a.pgm", picture);
  }
  ~Work() {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }
  fs::path write(const char* name, std::string_view text) const {
    std::ofstream(root_ / name, std::ios::binary) << text;
    return root_ / name;
  }
  [[nodiscard]] fs::path folder(const char* name) const { return root_ / name; }

 private:
  fs::path root_;
};

void read(const Work& work, char format, std::string_view text) {
  switch (format) {
    case 'v':
      work.write("voc/a.xml", text);
      zeromiss::read_voc_xml(work.folder("voc"));
      return;
    case 'c':
      zeromiss::read_cvat(work.write("cvat.xml", text));
      return;
    case 't':
      work.write("text/a.txt", text);
      zeromiss::read_voc_text(work.folder("text"));
      return;
    case 'f':
    case 'g': {
      work.write("found/a.txt", text);
      zeromiss::ObjectTruth truth{{"a", "b"}, {}, {{"a.pgm", 1, 2, 2}}, {}, {}};
      if (format == 'f') zeromiss::read_found_yolo(work.folder("found"), truth, false);
      if (format == 'g') zeromiss::read_found_voc(work.folder("found"), truth, false);
      return;
    }
    case 'l':
      work.write("labelme/a.json", text);
      zeromiss::read_labelme(work.folder("labelme"));
      return;
    case 'y':
      work.write("yolo/labels/a.txt", text);
      zeromiss::read_yolo(work.folder("yolo"), "");
      return;
    case 'd':
      if (text.find_first_of("/.") != std::string_view::npos) return;  // stays in its own folder
      zeromiss::read_yolo(work.write("yaml/data.yaml", text), "");
      return;
    case 'k':
      zeromiss::parse_klarf(text, "a.001");
      return;
    default:
      zeromiss::read_truth_csv(work.write("gt.csv", text));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Work work;
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    read(work, bytes.front(), bytes.substr(1));
  } catch (const zeromiss::Error&) {
    // The expected answer to most inputs; anything else ends the run.
  }
  return 0;
}
