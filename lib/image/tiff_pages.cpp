#include <zeromiss/base/error.hpp>
#include <zeromiss/image/tiff_pages.hpp>

#include <fmt/format.h>
#include <tiffio.h>

#include <array>
#include <cstdarg>
#include <cstdio>
#include <memory>
#include <string>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

/// libtiff's last complaint in this thread; its handlers are the process's, so they only note.
thread_local std::string last_complaint;

void note(const char* /*module*/, const char* format, va_list values) {
  std::array<char, 512> text{};
  std::vsnprintf(text.data(), text.size(), format, values);
  last_complaint = text.data();
}

/// Our handlers while a file is open, the earlier ones afterwards.
class Handlers {
 public:
  Handlers() : error_(::TIFFSetErrorHandler(note)), warning_(::TIFFSetWarningHandler(nullptr)) {
    last_complaint.clear();
  }
  ~Handlers() {
    ::TIFFSetErrorHandler(error_);
    ::TIFFSetWarningHandler(warning_);
  }
  Handlers(const Handlers&) = delete;
  Handlers& operator=(const Handlers&) = delete;

 private:
  TIFFErrorHandler error_, warning_;
};

struct Close {
  void operator()(TIFF* tiff) const { ::TIFFClose(tiff); }
};
using File = std::unique_ptr<TIFF, Close>;

template <class Value>
void copy_tag(TIFF* from, TIFF* to, ttag_t tag) {
  Value value{};
  if (::TIFFGetField(from, tag, &value) == 1) ::TIFFSetField(to, tag, value);
}

/// Everything that says what the stored bytes mean.
void copy_tags(TIFF* from, TIFF* to) {
  constexpr ttag_t kLong[]{TIFFTAG_IMAGEWIDTH, TIFFTAG_IMAGELENGTH, TIFFTAG_ROWSPERSTRIP,
                           TIFFTAG_TILEWIDTH, TIFFTAG_TILELENGTH};
  constexpr ttag_t kShort[]{TIFFTAG_BITSPERSAMPLE, TIFFTAG_SAMPLESPERPIXEL, TIFFTAG_COMPRESSION,
                            TIFFTAG_PHOTOMETRIC,   TIFFTAG_PLANARCONFIG,    TIFFTAG_ORIENTATION,
                            TIFFTAG_SAMPLEFORMAT,  TIFFTAG_FILLORDER,       TIFFTAG_PREDICTOR};
  for (const ttag_t tag : kLong) copy_tag<std::uint32_t>(from, to, tag);
  for (const ttag_t tag : kShort) copy_tag<std::uint16_t>(from, to, tag);
  std::uint16_t *red = nullptr, *green = nullptr, *blue = nullptr;
  if (::TIFFGetField(from, TIFFTAG_COLORMAP, &red, &green, &blue) == 1)
    ::TIFFSetField(to, TIFFTAG_COLORMAP, red, green, blue);
  std::uint16_t extra = 0;
  std::uint16_t* kinds = nullptr;
  if (::TIFFGetField(from, TIFFTAG_EXTRASAMPLES, &extra, &kinds) == 1)
    ::TIFFSetField(to, TIFFTAG_EXTRASAMPLES, extra, kinds);
  std::uint32_t size = 0;
  void* tables = nullptr;
  if (::TIFFGetField(from, TIFFTAG_JPEGTABLES, &size, &tables) == 1)
    ::TIFFSetField(to, TIFFTAG_JPEGTABLES, size, tables);
}

[[noreturn]] void damaged(const fs::path& file, std::uint64_t page) {
  throw Error(ErrorKind::input, fmt::format("{}: page {}: {}; copy it again", file.string(), page,
                                            last_complaint.empty() ? "damaged" : last_complaint));
}

[[noreturn]] void unwritable(const fs::path& file) {
  throw Error(ErrorKind::output,
              fmt::format("{}: cannot be written: {}", file.string(),
                          last_complaint.empty() ? "no reason given" : last_complaint));
}

void copy_page(TIFF* from, const fs::path& source, std::uint64_t page, const fs::path& target) {
  // Samples are copied as they are stored, so the page keeps its file's byte order.
  const File to(::TIFFOpen(target.c_str(), ::TIFFIsBigEndian(from) != 0 ? "wb" : "wl"));
  if (to == nullptr) unwritable(target);
  copy_tags(from, to.get());
  const bool tiled = ::TIFFIsTiled(from) != 0;
  const std::uint32_t chunks = tiled ? ::TIFFNumberOfTiles(from) : ::TIFFNumberOfStrips(from);
  std::vector<std::uint8_t> bytes;
  constexpr std::uint64_t kMostBytes = 1U << 30U;
  for (std::uint32_t chunk = 0; chunk < chunks; ++chunk) {
    const std::uint64_t size = ::TIFFGetStrileByteCount(from, chunk);
    if (size > kMostBytes) damaged(source, page);
    bytes.resize(size);
    const auto length = static_cast<tmsize_t>(size);
    const auto read = tiled ? ::TIFFReadRawTile(from, chunk, bytes.data(), length)
                            : ::TIFFReadRawStrip(from, chunk, bytes.data(), length);
    if (read != length) damaged(source, page);
    const auto written = tiled ? ::TIFFWriteRawTile(to.get(), chunk, bytes.data(), length)
                               : ::TIFFWriteRawStrip(to.get(), chunk, bytes.data(), length);
    if (written != length) unwritable(target);
  }
  if (::TIFFWriteDirectory(to.get()) != 1 || ::TIFFFlush(to.get()) != 1) unwritable(target);
}

}  // namespace

std::vector<std::uint64_t> copy_tiff_pages(const fs::path& file,
                                           const std::vector<std::uint64_t>& wanted,
                                           const std::function<fs::path(std::uint64_t)>& target) {
  const Handlers handlers;
  const File from(::TIFFOpen(file.c_str(), "rm"));  // m: not mapped, so that a cut file is an error
  if (from == nullptr)
    throw Error(ErrorKind::input,
                fmt::format("{}: {}", file.string(),
                            last_complaint.empty() ? "cannot be read as TIFF" : last_complaint));
  std::size_t next = 0;
  std::uint64_t page = 0;
  do {
    ++page;
    if (next < wanted.size() && wanted[next] == page) {
      copy_page(from.get(), file, page, target(page));
      ++next;
    }
    last_complaint.clear();
  } while (next < wanted.size() && ::TIFFReadDirectory(from.get()) == 1);
  if (next < wanted.size() && !last_complaint.empty()) damaged(file, page + 1);
  return {wanted.begin() + static_cast<std::ptrdiff_t>(next), wanted.end()};
}

}  // namespace zeromiss
