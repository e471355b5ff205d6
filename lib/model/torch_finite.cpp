#include "torch_finite.hpp"

#include <ATen/ATen.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/library.h>

#include <cmath>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace zeromiss {
namespace {

namespace jit = torch::jit;

/// The sum is finite if and only if all values are, but for sums beyond 3e38.
at::Tensor require_finite(const at::Tensor& values) {
  if (values.is_floating_point() && !std::isfinite(values.sum().item<double>()))
    throw std::runtime_error(kNotFinite);
  return values;
}

constexpr const char* kOperator = "zeromiss::require_finite";

TORCH_LIBRARY(zeromiss, library) {
  library.def("require_finite(Tensor(a) values) -> Tensor(a)", require_finite);
}

/// Operators that give finite values for finite ones, but for overflow.
bool keeps_finite(const jit::Node& node) {
  // clang-format off
  static const std::unordered_set<std::string> kOperators{
      "add", "add_", "sub", "sub_", "mul", "mul_", "conv2d", "_convolution", "linear",
      "relu", "relu_", "leaky_relu", "leaky_relu_", "silu", "silu_", "gelu", "sigmoid", "sigmoid_", "tanh",
      "hardswish", "hardswish_", "hardsigmoid", "hardsigmoid_", "hardtanh", "hardtanh_", "softmax",
      "adaptive_avg_pool2d", "adaptive_max_pool2d", "max_pool2d", "upsample_nearest2d", "upsample_bilinear2d",
      "cat", "chunk", "split", "slice", "select", "squeeze", "unsqueeze", "flatten", "view", "reshape",
      "permute", "transpose", "contiguous", "pixel_unshuffle", "dropout",
      "ListConstruct", "ListUnpack", "TupleUnpack"};
  // clang-format on
  return kOperators.count(node.kind().toUnqualString()) > 0;
}

/// Looks back from a value to what it is made of.
class Origins {
 public:
  explicit Origins(const jit::Graph& graph) : graph_(graph) {}

  /// Whether it is finite as long as the network's input is.
  bool finite(const jit::Value* value) {
    const auto [known, is_new] = finite_.try_emplace(value, true);
    if (!is_new) return known->second;
    const bool result = look(*value);
    return finite_[value] = result;
  }

 private:
  bool look(const jit::Value& value) {
    const jit::Node& node = *value.node();
    if (&node == graph_.param_node()) return true;
    if (node.kind() == jit::prim::Constant) return true;  // NaN was refused before
    if (node.kind() == jit::aten::to_dense) return true;  // what went in was looked at
    if (!node.blocks().empty() || !keeps_finite(node)) return false;
    for (const jit::Value* input : node.inputs())
      if (!finite(input)) return false;
    return true;
  }

  const jit::Graph& graph_;
  std::unordered_map<const jit::Value*, bool> finite_;
};

void add_checks(jit::Graph& graph, jit::Block* block, Origins& origins) {
  static const auto kToMkldnn = c10::Symbol::fromQualString("aten::to_mkldnn");
  for (jit::Node* node : block->nodes()) {
    for (jit::Block* inner : node->blocks()) add_checks(graph, inner, origins);
    if (node->kind() != kToMkldnn || origins.finite(node->input(0))) continue;
    jit::Node* check = graph.create(c10::Symbol::fromQualString(kOperator), {node->input(0)});
    check->output()->setType(node->input(0)->type());
    check->insertBefore(node);
    node->replaceInput(0, check->output());
  }
}

void refuse_nan(const at::Tensor& weights) {
  if (weights.is_floating_point() && at::isnan(weights).any().item<bool>())
    throw std::runtime_error("its weights hold NaN");
}

void refuse_nan(const jit::Block& block) {
  for (const jit::Node* node : block.nodes()) {
    for (const jit::Block* inner : node->blocks()) refuse_nan(*inner);
    if (node->kind() == jit::prim::Constant && node->hasAttribute(jit::attr::value) &&
        node->kindOf(jit::attr::value) == jit::AttributeKind::t)
      refuse_nan(node->t(jit::attr::value));
  }
}

}  // namespace

void refuse_nan_weights(const jit::Module& frozen) {
  refuse_nan(*frozen.get_method("forward").graph()->block());
  for (const at::Tensor& parameter : frozen.parameters()) refuse_nan(parameter);
  for (const at::Tensor& buffer : frozen.buffers()) refuse_nan(buffer);
}

void check_finite_inputs(jit::Module& optimised) {
  const auto graph = optimised.get_method("forward").graph();
  Origins origins(*graph);
  add_checks(*graph, graph->block(), origins);
}

}  // namespace zeromiss
