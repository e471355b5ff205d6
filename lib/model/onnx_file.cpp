// Walks the messages of an ONNX file (onnx/onnx.proto, IR version 13) that can hold tensors. Their
// wire format: https://protobuf.dev/programming-guides/encoding
#include "onnx_file.hpp"

#include <optional>
#include <stdexcept>

namespace zeromiss {
namespace {

[[noreturn]] void refuse_bytes() { throw std::runtime_error("is no ONNX file"); }

struct Field {
  std::uint64_t number = 0;
  std::uint64_t value = 0;              ///< of a varint
  std::span<const std::uint8_t> bytes;  ///< of everything with a length
};

/// The fields of one message in their order.
class Fields {
 public:
  explicit Fields(std::span<const std::uint8_t> message) : rest_(message) {}

  std::optional<Field> next() {
    if (rest_.empty()) return std::nullopt;
    const std::uint64_t key = varint();
    constexpr std::uint64_t kMostKey =
        0xFFFFFFFF;  // protobuf keeps 32 bits, so more are a disguise
    if (key > kMostKey) refuse_bytes();
    constexpr unsigned kTypeBits = 3;
    Field field{key >> kTypeBits, 0, {}};
    if (field.number == 0) refuse_bytes();
    enum WireType { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };
    switch (key & 7U) {
      case kVarint:
        field.value = varint();
        break;
      case kFixed64:
        take(8);
        break;
      case kFixed32:
        take(4);
        break;
      case kBytes:
        field.bytes = take(varint());
        break;
      default:
        refuse_bytes();
    }
    return field;
  }

 private:
  std::span<const std::uint8_t> take(std::uint64_t size) {
    if (size > rest_.size()) refuse_bytes();
    const auto taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }

  std::uint64_t varint() {
    constexpr unsigned kMostBits = 64;
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < kMostBits; shift += 7) {
      const std::uint8_t byte = take(1).front();
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80U) return value;
    }
    refuse_bytes();
  }

  std::span<const std::uint8_t> rest_;
};

enum class Kind { none, model, graph, node, attribute, tensor, sparse_tensor, function, training };

/// The message that a field of another one holds; none: no tensor can be in it.
Kind inside(Kind kind, std::uint64_t field) {
  switch (kind) {
    case Kind::model:
      return field == 7    ? Kind::graph
             : field == 20 ? Kind::training
             : field == 25 ? Kind::function
                           : Kind::none;
    case Kind::graph:
      return field == 1    ? Kind::node
             : field == 5  ? Kind::tensor
             : field == 15 ? Kind::sparse_tensor
                           : Kind::none;
    case Kind::node:
      return field == 5 ? Kind::attribute : Kind::none;
    case Kind::attribute:
      if (field == 5 || field == 10) return Kind::tensor;
      if (field == 6 || field == 11) return Kind::graph;
      return field == 22 || field == 23 ? Kind::sparse_tensor : Kind::none;
    case Kind::sparse_tensor:
      return field == 1 || field == 2 ? Kind::tensor : Kind::none;
    case Kind::function:
      return field == 7 ? Kind::node : field == 11 ? Kind::attribute : Kind::none;
    case Kind::training:
      return field == 1 || field == 2 ? Kind::graph : Kind::none;
    case Kind::none:
    case Kind::tensor:
      break;
  }
  return Kind::none;
}

void require_data_inside(const Field& field) {
  constexpr std::uint64_t kExternalData = 13, kDataLocation = 14;
  if (field.number == kExternalData || (field.number == kDataLocation && field.value != 0))
    throw std::runtime_error(
        "keeps weights in another file (ONNX external data), which no SHA-256 of the package "
        "covers: save it as one file, or as OpenVINO's .xml and .bin");
}

void walk(std::span<const std::uint8_t> message, Kind kind, int depth) {
  constexpr int kDeepest = 64;  // If and Loop nest graphs; protobuf itself stops at 100 messages
  if (depth > kDeepest) refuse_bytes();
  Fields fields(message);
  while (const auto field = fields.next()) {
    if (kind == Kind::tensor) require_data_inside(*field);
    const Kind inner = inside(kind, field->number);
    if (inner != Kind::none) walk(field->bytes, inner, depth + 1);
  }
}

}  // namespace

void require_whole_onnx(std::span<const std::uint8_t> file) {
  constexpr std::uint64_t kIrVersion = 1, kGraph = 7;
  bool versioned = false, graph = false;
  Fields fields(file);
  while (const auto field = fields.next()) {
    versioned = versioned || (field->number == kIrVersion && field->value > 0);
    graph = graph || (field->number == kGraph && !field->bytes.empty());
  }
  if (!versioned || !graph) refuse_bytes();
  walk(file, Kind::model, 0);
}

}  // namespace zeromiss
