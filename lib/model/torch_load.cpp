#include "torch_load.hpp"

#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/version.h>

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

}  // namespace

torch::jit::Module load_module(std::span<const std::uint8_t> archive, c10::Device device) {
  keep_torchvision_operators();
  // The profiling executor would spend the first two passes of each thread on gathering shapes,
  // which are fixed here, for fusions that the CPU does not have.
  torch::jit::getExecutorMode() = false;
  MemoryBuffer buffer(archive);
  std::istream stream(&buffer);
  torch::jit::Module module = torch::jit::load(stream, device);
  module.eval();
  for (at::Tensor parameter : module.parameters())
    if (parameter.dim() == 4)
      parameter.set_data(parameter.contiguous(at::MemoryFormat::ChannelsLast));
  module = torch::jit::freeze(module);
#if TORCH_VERSION_MAJOR >= 2
  module = torch::jit::optimize_for_inference(module);
#endif  // 1.13.1 computes a MobileNetV3 wrongly after it: other scores from the middle of a batch on
  return module;
}

bool takes_list(const torch::jit::Module& module) {
  const auto& arguments = module.get_method("forward").function().getSchema().arguments();
  constexpr std::size_t kSelfAndPictures = 2;
  return arguments.size() >= kSelfAndPictures &&
         arguments[1].type()->kind() == c10::TypeKind::ListType;
}

}  // namespace zeromiss
