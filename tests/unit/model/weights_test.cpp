#include "onnx_file.hpp"
#include "support/catch.hpp"
#include "support/tiny_openvino.hpp"

#include <zeromiss/model/package.hpp>

using namespace zeromiss;
using namespace zeromiss::test;
using Json = nlohmann::ordered_json;

namespace {

using Bytes = std::vector<std::uint8_t>;
Bytes bytes(const std::string& text) { return {text.begin(), text.end()}; }

std::string refusal(const std::string& file) {
  try {
    require_whole_onnx(bytes(file));
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "whole";
}

/// A tensor without numbers of its own, as an exporter with external data writes it.
std::string external_tensor() {
  return onnx_tensor("slope", {1, 2, 1, 1}, {}) +
         proto_bytes(13, proto_bytes(1, "location") + proto_bytes(2, "w.bin")) +
         proto_number(14, 1);
}
constexpr const char* kElsewhere = "keeps weights in another file";

std::string package_refusal(const ManifestEdit& edit) {
  const TempFolder folder;
  write_ir_package(folder.path(), mean_ir(), edit);
  try {
    read_weights(read_package(folder.path()));
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    return error.what();
  }
  return "read";
}

}  // namespace

TEST_CASE("two files of weights are one block and come out of it again", "[weights]") {
  const Bytes graph = bytes("<net/>"), numbers = bytes("1234");
  const Bytes block = packed(graph, numbers);
  CHECK(block == bytes(std::string("\x06\0\0\0\0\0\0\0", 8) + "<net/>1234"));
  const auto [first, second] = unpacked(block);
  CHECK(Bytes(first.begin(), first.end()) == graph);
  CHECK(Bytes(second.begin(), second.end()) == numbers);
  CHECK_THROWS_AS(unpacked(bytes("short")), std::out_of_range);
  CHECK_THROWS_AS(unpacked(bytes(std::string("\x07\0\0\0\0\0\0\0", 8) + "<net/>")),
                  std::out_of_range);
}

TEST_CASE("a package for OpenVINO names two files and pins both", "[weights][package]") {
  const TempFolder folder;
  const TinyIr ir = mean_ir();
  write_ir_package(folder.path(), ir);
  const ModelPackage package = read_package(folder.path());
  CHECK(package.format == WeightsFormat::openvino);
  CHECK(read_weights(package) == packed(bytes(ir.xml()), bytes(ir.numbers())));
}

TEST_CASE("either file of weights that was changed is refused by its name", "[weights][error]") {
  const auto changed = [](const char* pointer) {
    return package_refusal(
        [&](Json& manifest) { manifest[Json::json_pointer(pointer)] = std::string(64, '0'); });
  };
  CHECK_THAT(changed("/weights/sha256"), Catch::Matchers::ContainsSubstring("model.xml: SHA-256"));
  CHECK_THAT(changed("/weights/data/sha256"),
             Catch::Matchers::ContainsSubstring("model.bin: SHA-256"));
}

TEST_CASE("the second file is asked for with openvino, and with nothing else",
          "[weights][package][error]") {
  CHECK_THAT(package_refusal([](Json& manifest) { manifest["weights"].erase("data"); }),
             Catch::Matchers::ContainsSubstring("data"));
  CHECK_THAT(package_refusal([](Json& manifest) { manifest["weights"]["format"] = "onnx"; }),
             Catch::Matchers::ContainsSubstring("data"));
  CHECK_THAT(
      package_refusal([](Json& manifest) { manifest["weights"]["data"]["file"] = "../model.bin"; }),
      Catch::Matchers::ContainsSubstring("inside the package"));
}

TEST_CASE("an ONNX file that holds all of itself is taken", "[weights][onnx]") {
  CHECK(refusal(mean_onnx()) == "whole");
  // data_location 0 (DEFAULT) says the same as nothing
  CHECK(refusal(mean_onnx(onnx_tensor("slope", {1, 2, 1, 1}, {0, 10}) + proto_number(14, 0))) ==
        "whole");
}

TEST_CASE("ONNX weights in another file are found wherever a tensor can be",
          "[weights][onnx][error]") {
  const std::string tensor = external_tensor();
  const std::string attribute = proto_bytes(1, "value") + proto_bytes(5, tensor);
  const auto nested = [&](const std::string& inner) {  // the graph of an If
    return onnx_file(
        proto_bytes(1, onnx_node("If", {"c"}, "y", proto_bytes(5, proto_bytes(6, inner)))));
  };
  const auto sparse = [&](unsigned field) { return proto_bytes(field, tensor); };
  const auto wide = [](unsigned field,
                       const std::string& bytes) {  // 16 and above: a key of 2 bytes
    const std::string key{static_cast<char>(0x82U | ((field & 0xFU) << 3U)), '\x01'};
    return key + proto_bytes(1, bytes).substr(1);
  };
  const std::vector<std::string> files{
      mean_onnx(tensor),
      mean_onnx(onnx_tensor("slope", {2}, {0, 10}) + proto_number(14, 1)),
      mean_onnx(onnx_tensor("slope", {2}, {0, 10}) + proto_bytes(13, "")),
      onnx_file(proto_bytes(15, sparse(1))),
      onnx_file(proto_bytes(15, sparse(2))),
      onnx_file(proto_bytes(1, onnx_node("Constant", {}, "c", proto_bytes(5, attribute)))),
      onnx_file(proto_bytes(1, proto_bytes(5, proto_bytes(10, tensor)))),
      onnx_file(proto_bytes(1, proto_bytes(5, wide(22, sparse(1))))),
      onnx_file(proto_bytes(1, proto_bytes(5, wide(23, sparse(2))))),
      mean_onnx() + wide(20, proto_bytes(1, proto_bytes(5, tensor))),
      mean_onnx() + wide(20, proto_bytes(2, proto_bytes(5, tensor))),
      mean_onnx() + wide(25, proto_bytes(7, proto_bytes(5, attribute))),
      mean_onnx() + wide(25, proto_bytes(11, attribute)),
      nested(proto_bytes(5, tensor)),
      nested(proto_bytes(1, proto_bytes(5, proto_bytes(11, proto_bytes(5, tensor)))))};
  for (std::size_t i = 0; i < files.size(); ++i) {
    CAPTURE(i);
    CHECK_THAT(refusal(files[i]), Catch::Matchers::ContainsSubstring(kElsewhere));
  }
}

TEST_CASE("what is no ONNX file is not walked", "[weights][onnx][error]") {
  const std::string file = mean_onnx();
  for (const std::string& text :
       {std::string(), std::string("<?xml version=\"1.0\"?>"), std::string("PK\x03\x04"),
        file.substr(0, file.size() - 1), proto_number(1, 7), proto_bytes(7, "\x0A\x7F"),
        onnx_file(std::string("\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 12))})
    CHECK(refusal(text) == "is no ONNX file");
  // To protobuf, which keeps 32 bits of a key, this is field 14: data_location 1 (EXTERNAL).
  const std::string disguised("\xF0\x80\x80\x80\x10\x01", 6);
  CHECK(refusal(mean_onnx(onnx_tensor("slope", {2}, {0, 10}) + disguised)) == "is no ONNX file");
  std::string deep = proto_bytes(2, "a graph");
  for (int i = 0; i < 100; ++i)
    deep = proto_bytes(1, onnx_node("If", {}, "y", proto_bytes(5, proto_bytes(6, deep))));
  CHECK(refusal(onnx_file(deep)) == "is no ONNX file");
}
