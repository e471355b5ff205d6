#include <zeromiss/model/weights.hpp>

#include <stdexcept>

namespace zeromiss {
namespace {

constexpr std::size_t kLengthBytes = 8;

}  // namespace

std::vector<std::uint8_t> packed(std::span<const std::uint8_t> first,
                                 std::span<const std::uint8_t> second) {
  std::vector<std::uint8_t> block;
  block.reserve(kLengthBytes + first.size() + second.size());
  for (std::size_t i = 0; i < kLengthBytes; ++i)
    block.push_back(static_cast<std::uint8_t>(first.size() >> (8 * i)));
  block.insert(block.end(), first.begin(), first.end());
  block.insert(block.end(), second.begin(), second.end());
  return block;
}

std::pair<std::span<const std::uint8_t>, std::span<const std::uint8_t>> unpacked(
    std::span<const std::uint8_t> block) {
  if (block.size() < kLengthBytes) throw std::out_of_range("no block of two files");
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i) length |= std::uint64_t{block[i]} << (8 * i);
  const auto files = block.subspan(kLengthBytes);
  if (length > files.size()) throw std::out_of_range("no block of two files");
  return {files.first(length), files.subspan(length)};
}

}  // namespace zeromiss
