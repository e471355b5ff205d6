#pragma once

#include "support/packages.hpp"

#include <bit>
#include <cstdint>
#include <string>
#include <vector>

namespace zeromiss::test {

/// An OpenVINO model written by hand: layers of IR version 11 in the order of their making, each
/// with f32 results, and the numbers of its constants.
class TinyIr {
 public:
  /// The input: N x C x 4 x 4, with a batch that may change. @return the layer's id
  int input(int channels) {
    return add("Parameter", "opset1",
               "shape=\"?," + std::to_string(channels) + ",4,4\" element_type=\"f32\"", {},
               "-1," + std::to_string(channels) + ",4,4");
  }

  int floats(const std::vector<float>& values, const std::string& shape) {
    std::string bytes;
    for (const float value : values) append(bytes, std::bit_cast<std::uint32_t>(value), 4);
    return constant(bytes, "f32", "FP32", shape);
  }
  int integers(const std::vector<std::int64_t>& values) {
    std::string bytes;
    for (const std::int64_t value : values) append(bytes, static_cast<std::uint64_t>(value), 8);
    return constant(bytes, "i64", "I64", std::to_string(values.size()));
  }

  /// Any other layer; `data` are its attributes, `shape` that of its result ("-1,2").
  int add(const std::string& type, const std::string& opset, const std::string& data,
          const std::vector<int>& from, const std::string& shape, const std::string& name = "") {
    const int id = next_++;
    std::string ports;
    for (std::size_t port = 0; port < from.size(); ++port) {
      const int source = from[port];
      edges_ += "<edge from-layer=\"" + std::to_string(source) + "\" from-port=\"" +
                std::to_string(outputs_.at(static_cast<std::size_t>(source))) + "\" to-layer=\"" +
                std::to_string(id) + "\" to-port=\"" + std::to_string(port) + "\"/>\n";
      ports += "<port id=\"" + std::to_string(port) + "\" precision=\"FP32\">" +
               dimensions(shapes_.at(static_cast<std::size_t>(source))) + "</port>";
    }
    outputs_.push_back(static_cast<int>(from.size()));
    shapes_.push_back(shape);
    layers_ += "<layer id=\"" + std::to_string(id) + "\" name=\"" + type + std::to_string(id) +
               "\" type=\"" + type + "\" version=\"" + opset + "\">";
    if (!data.empty()) layers_ += "<data " + data + "/>";
    if (!ports.empty()) layers_ += "<input>" + ports + "</input>";
    if (type != "Result")
      layers_ += "<output><port id=\"" + std::to_string(from.size()) + "\" precision=\"" +
                 (precision_.empty() ? "FP32" : precision_) + "\"" +
                 (name.empty() ? "" : " names=\"" + name + "\"") + ">" + dimensions(shape) +
                 "</port></output>";
    layers_ += "</layer>\n";
    precision_.clear();
    return id;
  }
  void result(int from) { add("Result", "opset1", "", {from}, ""); }

  [[nodiscard]] std::string xml() const {
    return "<?xml version=\"1.0\"?>\n<net name=\"tiny\" version=\"11\">\n<layers>\n" + layers_ +
           "</layers>\n<edges>\n" + edges_ + "</edges>\n</net>\n";
  }
  [[nodiscard]] const std::string& numbers() const { return numbers_; }

 private:
  static void append(std::string& bytes, std::uint64_t value, int size) {
    for (int i = 0; i < size; ++i) bytes.push_back(static_cast<char>(value >> (8 * i)));
  }

  static std::string dimensions(const std::string& shape) {
    std::string text;
    for (std::size_t at = 0; at < shape.size();) {
      const std::size_t end = std::min(shape.find(',', at), shape.size());
      text += "<dim>" + shape.substr(at, end - at) + "</dim>";
      at = end + 1;
    }
    return text;
  }

  int constant(const std::string& bytes, const std::string& type, const std::string& precision,
               const std::string& shape) {
    const std::string data = "element_type=\"" + type + "\" shape=\"" + shape + "\" offset=\"" +
                             std::to_string(numbers_.size()) + "\" size=\"" +
                             std::to_string(bytes.size()) + "\"";
    numbers_ += bytes;
    precision_ = precision;
    return add("Const", "opset1", data, {}, shape);
  }

  int next_ = 0;
  std::vector<int> outputs_;         ///< number of each layer's result port
  std::vector<std::string> shapes_;  ///< of each layer's result
  std::string layers_, edges_, numbers_, precision_;
};

/// The network of kMeanModel: (0, 10 (m - 1/2)) of a picture's mean m.
inline TinyIr mean_ir(float slope = 10.0F) {
  TinyIr ir;
  const int x = ir.input(1);
  const int mean =
      ir.add("ReduceMean", "opset1", "keep_dims=\"true\"", {x, ir.integers({1, 2, 3})}, "-1,1,1,1");
  const int centred = ir.add("Subtract", "opset1", "auto_broadcast=\"numpy\"",
                             {mean, ir.floats({0.5F}, "1,1,1,1")}, "-1,1,1,1");
  const int both = ir.add("Multiply", "opset1", "auto_broadcast=\"numpy\"",
                          {centred, ir.floats({0.0F, slope}, "1,2,1,1")}, "-1,2,1,1");
  const int flat = ir.add("Squeeze", "opset1", "", {both, ir.integers({2, 3})}, "-1,2", "logits");
  ir.result(flat);
  return ir;
}

/// One field of a protocol buffer: bytes with their length, or a number.
inline std::string proto_number(unsigned field, std::uint64_t value) {
  const auto varint = [](std::uint64_t rest) {
    std::string bytes;
    for (; rest > 0x7F; rest >>= 7) bytes.push_back(static_cast<char>(rest | 0x80));
    return bytes + static_cast<char>(rest);
  };
  return varint(field << 3U) + varint(value);
}
inline std::string proto_bytes(unsigned field, const std::string& bytes) {
  std::string head = proto_number(field, bytes.size());
  head[0] = static_cast<char>(head[0] | 2);  // for fields below 16, as all of these are
  return head + bytes;
}

/// An ONNX tensor; `floats` (field 4 is packed) or, where they are none, `integers`.
inline std::string onnx_tensor(const std::string& name, const std::vector<std::int64_t>& shape,
                               const std::vector<float>& floats,
                               const std::vector<std::int64_t>& integers = {}) {
  std::string tensor, raw;
  for (const std::int64_t side : shape) tensor += proto_number(1, static_cast<std::uint64_t>(side));
  constexpr std::uint64_t kFloat = 1, kInt64 = 7;
  tensor += proto_number(2, floats.empty() ? kInt64 : kFloat) + proto_bytes(8, name);
  const auto append = [&](std::uint64_t value, int size) {
    for (int i = 0; i < size; ++i) raw.push_back(static_cast<char>(value >> (8 * i)));
  };
  for (const float value : floats) append(std::bit_cast<std::uint32_t>(value), 4);
  for (const std::int64_t value : integers) append(static_cast<std::uint64_t>(value), 8);
  return tensor + proto_bytes(9, raw);
}

inline std::string onnx_node(const std::string& type, const std::vector<std::string>& from,
                             const std::string& to, const std::string& attributes = "") {
  std::string node;
  for (const std::string& name : from) node += proto_bytes(1, name);
  return node + proto_bytes(2, to) + proto_bytes(4, type) + attributes;
}

/// An attribute of integers, or of one.
inline std::string onnx_integers(const std::string& name, const std::vector<int>& values) {
  constexpr std::uint64_t kInts = 7;
  std::string attribute = proto_bytes(1, name);
  for (const int value : values) attribute += proto_number(8, static_cast<std::uint64_t>(value));
  return proto_bytes(5, attribute + "\xA0\x01" + static_cast<char>(kInts));  // field 20: its type
}
inline std::string onnx_integer(const std::string& name, int value) {
  constexpr std::uint64_t kInt = 2;
  return proto_bytes(5, proto_bytes(1, name) + proto_number(3, static_cast<std::uint64_t>(value)) +
                            "\xA0\x01" + static_cast<char>(kInt));
}

/// A float tensor's name and shape; -1: any.
inline std::string onnx_value(const std::string& name, const std::vector<int>& shape) {
  std::string sides;
  for (const int side : shape)
    sides += proto_bytes(
        1, side < 0 ? proto_bytes(2, "n") : proto_number(1, static_cast<std::uint64_t>(side)));
  return proto_bytes(1, name) +
         proto_bytes(2, proto_bytes(1, proto_number(1, 1) + proto_bytes(2, sides)));
}

/// A whole file around a graph's fields.
inline std::string onnx_file(const std::string& graph) {
  constexpr std::uint64_t kIrVersion = 7, kOpset = 13;
  return proto_number(1, kIrVersion) + proto_bytes(7, graph) +
         proto_bytes(8, proto_bytes(1, "") + proto_number(2, kOpset));
}

/// The network of kMeanModel as ONNX; `slope` is the tensor 1 x 2 x 1 x 1 (0, 10).
inline std::string mean_onnx(const std::string& slope = onnx_tensor("slope", {1, 2, 1, 1},
                                                                    {0.0F, 10.0F})) {
  const std::string nodes[] = {
      onnx_node("ReduceMean", {"x"}, "mean",
                onnx_integers("axes", {1, 2, 3}) + onnx_integer("keepdims", 1)),
      onnx_node("Sub", {"mean", "half"}, "centred"), onnx_node("Mul", {"centred", "slope"}, "both"),
      onnx_node("Flatten", {"both"}, "logits", onnx_integer("axis", 1))};
  std::string graph;
  for (const std::string& node : nodes) graph += proto_bytes(1, node);
  return onnx_file(graph + proto_bytes(2, "mean") +
                   proto_bytes(5, onnx_tensor("half", {1, 1, 1, 1}, {0.5F})) +
                   proto_bytes(5, slope) + proto_bytes(11, onnx_value("x", {-1, 1, 4, 4})) +
                   proto_bytes(12, onnx_value("logits", {-1, 2})));
}

/// A whole package of the mean network with weights of OpenVINO, or of ONNX.
inline std::filesystem::path write_ir_package(const std::filesystem::path& folder, const TinyIr& ir,
                                              const ManifestEdit& edit = {}) {
  write_file(folder / "model.xml", ir.xml());
  write_file(folder / "model.bin", ir.numbers());
  write_package(folder, "", [&](nlohmann::ordered_json& manifest) {
    manifest["weights"] = {
        {"file", "model.xml"},
        {"format", "openvino"},
        {"sha256", sha256_hex(std::string_view(ir.xml()))},
        {"data", {{"file", "model.bin"}, {"sha256", sha256_hex(std::string_view(ir.numbers()))}}}};
    if (edit) edit(manifest);
  });
  std::filesystem::remove(folder / "model.pt");
  return folder;
}
inline std::filesystem::path write_onnx_package(const std::filesystem::path& folder,
                                                const std::string& file) {
  write_file(folder / "model.onnx", file);
  write_package(folder, file, [](nlohmann::ordered_json& manifest) {
    manifest["weights"]["file"] = "model.onnx";
    manifest["weights"]["format"] = "onnx";
  });
  std::filesystem::remove(folder / "model.pt");
  return folder;
}

}  // namespace zeromiss::test
