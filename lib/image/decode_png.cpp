#include "codec.hpp"
#include "png_stored.hpp"

#include <fmt/format.h>
#include <png.h>

#include <algorithm>
#include <bit>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <vector>

namespace zeromiss::codec {

namespace {

struct Survey {
  std::uint32_t width = 0, height = 0;
  std::uint64_t row_bits = 0;
  bool sixteen_bit = false;
  bool indices = false;  ///< gray or palette: each pixel is one number
  bool several = false;  ///< an animation
  bool interlaced = false;
  std::uint64_t data_bytes = 0;
  Bytes exif;
  std::size_t end = 0;  ///< behind IEND
};

void read_header(Bytes content, Survey& survey) {
  if (content.size() != 13) throw corrupt("PNG header of a wrong length");
  survey.width = be32(content, 0);
  survey.height = be32(content, 4);
  survey.sixteen_bit = content[8] == 16;
  constexpr unsigned kChannels[] = {1, 0, 3, 1, 2, 0, 4};
  const unsigned channels = content[9] < std::size(kChannels) ? kChannels[content[9]] : 0;
  if (channels == 0) throw corrupt(fmt::format("PNG colour type {}", content[9]));
  constexpr unsigned kGray = 0, kPalette = 3;
  survey.indices = content[9] == kGray || content[9] == kPalette;
  survey.row_bits = std::uint64_t{survey.width} * channels * content[8];
  survey.interlaced = content[12] != 0;
}

bool letters(Bytes name) {
  for (const std::uint8_t letter : name) {
    const auto lower = static_cast<std::uint8_t>(letter | 0x20U);
    if (lower < 'a' || lower > 'z') return false;
  }
  return true;
}

/// Walks the chunks to IEND; their CRCs are checked later.
Survey survey_png(Bytes bytes) {
  Survey survey;
  std::size_t at = 8;
  for (bool first = true;; first = false) {
    const std::uint32_t length = be32(take(bytes, at, 8, "PNG chunk"), 0);
    const Bytes name = bytes.subspan(at + 4, 4);
    if (!letters(name) || length > 0x7FFFFFFFU) {
      throw corrupt(fmt::format("no PNG chunk at byte {}", at));
    }
    const std::string_view type(reinterpret_cast<const char*>(name.data()), 4);
    const Bytes content =
        take(bytes, at, std::uint64_t{length} + 12, "PNG chunk").subspan(8, length);
    if (first != (type == "IHDR")) throw corrupt("the PNG's header is not its first chunk");
    if (first) read_header(content, survey);
    if (type == "IDAT") survey.data_bytes += length;
    if (type == "eXIf") survey.exif = content;
    if (type == "acTL" && length >= 4 && be32(content, 0) > 1) survey.several = true;
    if (type == "fdAT") survey.several = true;
    at += std::size_t{length} + 12;
    if (type == "IEND") break;
  }
  survey.end = at;
  return survey;
}

/// libpng reports errors by longjmp: between setjmp and the call only plain C values may live, so
/// everything libpng does stands in functions that own nothing.
struct Session {
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::span<const Bytes> pieces;  ///< of the file, one behind the other
  std::size_t at = 0;             ///< in the first of them
  char message[160] = "";
  bool as_stored = false;  ///< gray levels below 8 bits are numbers, not shades
  bool proven = false;     ///< every CRC was checked already
  int channels = 0;
  png_const_colorp palette = nullptr;  ///< libpng's, when the samples are indices into it
  int palette_size = 0;
  png_const_bytep palette_alpha = nullptr;
  int palette_alpha_size = 0;

  explicit Session(std::span<const Bytes> file) : pieces(file) {}
  ~Session() { png_destroy_read_struct(&png, &info, nullptr); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
};

[[noreturn]] void on_error(png_structp png, png_const_charp message) {
  auto* session = static_cast<Session*>(png_get_error_ptr(png));
  std::snprintf(session->message, sizeof session->message, "PNG: %s", message);
  png_longjmp(png, 1);
}

void on_read(png_structp png, png_bytep out, std::size_t count) {
  auto* session = static_cast<Session*>(png_get_io_ptr(png));
  while (count > 0) {
    if (session->pieces.empty()) png_error(png, "read past the end");
    const Bytes piece = session->pieces.front();
    const std::size_t part = std::min(count, piece.size() - session->at);
    std::memcpy(out, piece.data() + session->at, part);
    out += part;
    count -= part;
    session->at += part;
    if (session->at < piece.size()) continue;
    session->pieces = session->pieces.subspan(1);
    session->at = 0;
  }
}

bool open(Session& session) {
  session.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &session, on_error, on_error);
  if (session.png == nullptr) return false;
  session.info = png_create_info_struct(session.png);
  return session.info != nullptr;
}

/// Keeps the indices: libpng would show one outside the palette as black.
void find_palette(Session& session) {
  png_colorp palette = nullptr;
  png_get_PLTE(session.png, session.info, &palette, &session.palette_size);
  session.palette = palette;
  png_bytep alpha = nullptr;
  png_get_tRNS(session.png, session.info, &alpha, &session.palette_alpha_size, nullptr);
  session.palette_alpha = alpha;
  png_set_packing(session.png);
}

/// Everything before the pixels; asks for palette indices, or 8 or 16 bits as gray/RGB, alpha.
bool read_info(Session& session) {
  png_structp png = session.png;
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  png_set_read_fn(png, &session, on_read);
  png_set_user_limits(png, 0x7FFFFFFF, 0x7FFFFFFF);  // check_size() has the real limit
  const int on_crc = session.proven ? PNG_CRC_QUIET_USE : PNG_CRC_ERROR_QUIT;
  png_set_crc_action(png, on_crc, on_crc);
  // Colour profiles and texts change no pixel here, and real ones are often slightly wrong: only
  // their CRC counts.
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
  png_read_info(png, session.info);
  const png_byte color = png_get_color_type(png, session.info);
  if (color == PNG_COLOR_TYPE_PALETTE) {
    find_palette(session);
  } else if (session.as_stored) {
    png_set_packing(png);
  } else {
    if (color == PNG_COLOR_TYPE_GRAY) png_set_expand_gray_1_2_4_to_8(png);
    if (png_get_valid(png, session.info, PNG_INFO_tRNS) != 0) png_set_tRNS_to_alpha(png);
  }
  if (std::endian::native == std::endian::little) png_set_swap(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, session.info);
  session.channels = png_get_channels(png, session.info);
  return true;
}

bool read_pixels(Session& session, png_bytepp rows) {
  if (setjmp(png_jmpbuf(session.png)) != 0) return false;
  png_read_image(session.png, rows);
  png_read_end(session.png, nullptr);
  return true;
}

cv::Mat expand_palette(const Session& session, const cv::Mat& indices) {
  const int channels = session.palette_alpha_size > 0 ? 4 : 3;
  cv::Mat result(indices.rows, indices.cols, CV_8UC(channels));
  for (int y = 0; y < indices.rows; ++y) {
    const std::uint8_t* in = indices.ptr(y);
    std::uint8_t* out = result.ptr(y);
    for (int x = 0; x < indices.cols; ++x) {
      const int index = in[x];
      if (index >= session.palette_size) {
        throw corrupt(fmt::format("PNG: colour {} of {}", index, session.palette_size));
      }
      *out++ = session.palette[index].red;
      *out++ = session.palette[index].green;
      *out++ = session.palette[index].blue;
      if (channels == 4) {
        *out++ = index < session.palette_alpha_size ? session.palette_alpha[index] : 255;
      }
    }
  }
  return result;
}

}  // namespace

namespace {

/// Everything that can be told before the pixels. @return whether there is more than one picture
bool check_survey(const Survey& survey, Bytes bytes, const DecodeOptions& options) {
  check_size(survey.width, survey.height, options);
  // Deflate packs at most 1032 : 1. Interlacing may merge tiny rows, hence the half.
  const std::uint64_t raw_bytes = survey.row_bits / 8 * survey.height;
  check_plausible(raw_bytes / 1032 / 2, survey.data_bytes, survey.width, survey.height);
  const Bytes tail = bytes.subspan(survey.end);
  const bool joined = tail.size() >= 8 && png_sig_cmp(tail.data(), 0, 8) == 0;
  check_frames(survey.several, options, "an animated PNG");
  check_frames(joined, options, "a second PNG follows the first");
  return survey.several || joined;
}

/// With its pixels unpacked already where that can be.
StoredPng unpacked(Bytes png, const Survey& survey) {
  if (survey.interlaced) return {};
  return stored_png(png, ((survey.row_bits + 7) / 8 + 1) * survey.height);
}

cv::Mat read_samples(Session& session, const Survey& survey) {
  if (!open(session)) throw std::bad_alloc();
  if (!read_info(session)) throw corrupt(session.message);
  cv::Mat samples(static_cast<int>(survey.height), static_cast<int>(survey.width),
                  CV_MAKETYPE(survey.sixteen_bit ? CV_16U : CV_8U, session.channels));
  std::vector<png_bytep> rows(survey.height);
  for (int y = 0; y < samples.rows; ++y) rows[static_cast<std::size_t>(y)] = samples.ptr(y);
  if (!read_pixels(session, rows.data())) throw corrupt(session.message);
  return samples;
}

}  // namespace

Image decode_png(Bytes bytes, const DecodeOptions& options) {
  const Survey survey = survey_png(bytes);
  const bool several = check_survey(survey, bytes, options);
  if (survey.sixteen_bit) check_sixteen_bit(options);
  const int orientation = survey.exif.empty() ? 1 : exif_orientation_to_apply(survey.exif, options);
  const Bytes png = bytes.first(survey.end);
  const StoredPng stored = unpacked(png, survey);
  Session session(stored.pieces.empty() ? std::span(&png, 1) : std::span(stored.pieces));
  session.proven = !stored.pieces.empty();
  cv::Mat samples = read_samples(session, survey);
  if (session.palette != nullptr) samples = expand_palette(session, samples);
  return {turned(finish_samples(samples, options), orientation), ImageFormat::png, several};
}

cv::Mat decode_png_indices(Bytes bytes, const DecodeOptions& options) {
  const Survey survey = survey_png(bytes);
  check_survey(survey, bytes, options);
  if (!survey.indices)
    throw unsupported("a mask must be a gray or palette PNG: its pixels are class numbers");
  const Bytes png = bytes.first(survey.end);
  Session session({&png, 1});
  session.as_stored = true;
  return read_samples(session, survey);
}

}  // namespace zeromiss::codec
