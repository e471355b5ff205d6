#include "torch_load.hpp"

#include "torch_finite.hpp"

#include <torch/csrc/jit/ir/alias_analysis.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/version.h>
#if TORCH_VERSION_MAJOR >= 2
#include <torch/csrc/jit/codegen/fuser/interface.h>
#endif

#include <istream>
#include <streambuf>

namespace zeromiss {
namespace {

/// Reads from memory without copying a model of a hundred megabytes.
class MemoryBuffer : public std::streambuf {
 public:
  explicit MemoryBuffer(std::span<const std::uint8_t> bytes) {
    char* begin = const_cast<char*>(reinterpret_cast<const char*>(bytes.data()));
    setg(begin, begin, begin + bytes.size());
  }

 protected:
  pos_type seekoff(off_type offset, std::ios_base::seekdir from, std::ios_base::openmode) override {
    char* base = from == std::ios_base::beg   ? eback()
                 : from == std::ios_base::cur ? gptr()
                                              : egptr();
    if (offset < eback() - base || offset > egptr() - base) return pos_type(off_type(-1));
    setg(eback(), base + offset, egptr());
    return gptr() - eback();
  }
  pos_type seekpos(pos_type position, std::ios_base::openmode mode) override {
    return seekoff(off_type(position), std::ios_base::beg, mode);
  }
};

/// Makes the floating numbers of a frozen network ones of `type`. Only now, when its batch norms
/// lie folded in its convolutions: done in float32, that rounds once instead of three times.
void convert(torch::jit::Block* block, at::ScalarType type) {
  using torch::jit::AttributeKind;
  for (torch::jit::Node* node : block->nodes()) {
    for (torch::jit::Block* inner : node->blocks()) convert(inner, type);
    const auto name = torch::jit::attr::value;
    if (node->kind() != torch::jit::prim::Constant || !node->hasAttribute(name) ||
        node->kindOf(name) != AttributeKind::t)
      continue;
    const at::Tensor value = node->t(name);
    if (!value.is_floating_point() || value.dim() == 0) continue;  // a number never widens a tensor
    const at::Tensor converted = value.to(type);
    node->t_(name, converted);
    node->output()->inferTypeFrom(converted);
  }
}

/// Whether the network may write into its pictures (x.sub_(0.5)), which stay ours.
bool may_change_input(const torch::jit::Module& module) {
  if (takes_list(module)) return true;  // nobody looks into lists
  const auto graph = module.get_method("forward").graph();
  return torch::jit::AliasDb(graph).hasWriters(graph->inputs().at(1));
}

}  // namespace

at::ScalarType number_type(Precision precision) {
  switch (precision) {
    case Precision::bf16:
      return at::kBFloat16;
    case Precision::fp16:
      return at::kHalf;
    case Precision::fp32:
      break;
  }
  return at::kFloat;
}

LoadedModule load_module(std::span<const std::uint8_t> archive, c10::Device device,
                         Precision precision) {
  keep_torchvision_operators();
  // The profiling executor would spend the first two passes of each thread on gathering shapes,
  // which are fixed here, for fusions that the CPU does not have.
  torch::jit::getExecutorMode() = false;
#if TORCH_VERSION_MAJOR >= 2
  torch::jit::overrideCanFuseOnGPU(false);  // it would compile kernels while images wait
#endif
  MemoryBuffer buffer(archive);
  std::istream stream(&buffer);
  torch::jit::Module module = torch::jit::load(stream, device);
  module.eval();
  for (at::Tensor parameter : module.parameters())
    if (parameter.dim() == 4)
      parameter.set_data(parameter.contiguous(at::MemoryFormat::ChannelsLast));
  module = torch::jit::freeze(module);
  refuse_nan_weights(module);
  const bool changes_input = may_change_input(module);
  if (precision != Precision::fp32) {
    convert(module.get_method("forward").graph()->block(), number_type(precision));
    module.to(number_type(precision));  // what stayed an attribute because the network changes it
    return {module, changes_input};     // what follows here knows float32 alone
  }
#if TORCH_VERSION_MAJOR >= 2
  // 1.13.1 computes a MobileNetV3 wrongly after it: other scores from the middle of a batch on. On
  // a GPU it would join convolutions with rectifiers that may hide NaN.
  if (device.is_cpu()) {
    module = torch::jit::optimize_for_inference(module);
    check_finite_inputs(module);
  }
#endif
  return {module, changes_input};
}

bool takes_list(const torch::jit::Module& module) {
  const auto& arguments = module.get_method("forward").function().getSchema().arguments();
  constexpr std::size_t kSelfAndPictures = 2;
  return arguments.size() >= kSelfAndPictures &&
         arguments[1].type()->kind() == c10::TypeKind::ListType;
}

}  // namespace zeromiss
