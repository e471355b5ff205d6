#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace zeromiss {

/// What a package's weights are, and so which library runs them: LibTorch, or OpenVINO for the two
/// others. openvino: two files, the graph as XML and its numbers.
enum class WeightsFormat { torchscript, onnx, openvino };
inline constexpr std::array<std::string_view, 3> kWeightsFormats{"torchscript", "onnx", "openvino"};

/// One block of two files, so that both pass through whatever takes the bytes of one: the first
/// one's length (8 bytes, little-endian), the first, the second.
std::vector<std::uint8_t> packed(std::span<const std::uint8_t> first,
                                 std::span<const std::uint8_t> second);
/// The two files of such a block. @throws std::out_of_range when it is none
std::pair<std::span<const std::uint8_t>, std::span<const std::uint8_t>> unpacked(
    std::span<const std::uint8_t> block);

}  // namespace zeromiss
