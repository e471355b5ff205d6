#include <zeromiss/base/files.hpp>
#include <zeromiss/dataset/image_hashes.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace zeromiss {
namespace {

constexpr std::uintmax_t kMaxBytes = 8ULL << 30U;
constexpr std::size_t kLine = 65;  // 64 digits and the line end

}  // namespace

ImageHashes::ImageHashes(std::vector<Digest> digests) : digests_(std::move(digests)) {
  std::sort(digests_.begin(), digests_.end());
  digests_.erase(std::unique(digests_.begin(), digests_.end()), digests_.end());
}

ImageHashes ImageHashes::parse(std::string_view text, const std::string& name, ErrorKind kind) {
  std::vector<Digest> digests;
  digests.reserve(text.size() / kLine);
  while (!text.empty()) {
    const auto digest = text.size() >= kLine && text[kLine - 1] == '\n'
                            ? digest_of(text.substr(0, kLine - 1))
                            : std::nullopt;
    if (!digest || (!digests.empty() && !(digests.back() < *digest)))
      throw Error(kind, fmt::format("{}:{}: expected a SHA-256 in 64 lower-case hex digits, above "
                                    "the one before it: the file was changed; restore it",
                                    name, digests.size() + 1));
    digests.push_back(*digest);
    text.remove_prefix(kLine);
  }
  return ImageHashes(std::move(digests));
}

ImageHashes ImageHashes::read(const std::filesystem::path& file, const std::string& text_sha256,
                              ErrorKind kind) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored))
    throw Error(kind, fmt::format("{}: the list of the images that chose the limit is missing: "
                                  "restore it, so that none of them is scored",
                                  file.string()));
  const std::string text = read_text(file, kind, kMaxBytes);
  if (const std::string found = sha256_hex(std::string_view(text)); found != text_sha256)
    throw Error(kind, fmt::format("{}: SHA-256 is {}, expected {}: the list of the images that "
                                  "chose the limit was changed; restore it",
                                  file.string(), found, text_sha256));
  return parse(text, file.string(), kind);
}

bool ImageHashes::contains(const Digest& digest) const {
  return std::binary_search(digests_.begin(), digests_.end(), digest);
}

std::string ImageHashes::text() const {
  std::string text;
  text.reserve(digests_.size() * kLine);
  for (const Digest& digest : digests_) text.append(digest_hex(digest)).append("\n");
  return text;
}

}  // namespace zeromiss
