// One of the two files that see LibTorch (the other makes tiny test models). Compiles with 1.13
// and 2.x.
#include <zeromiss/model/engine.hpp>
#include <zeromiss/model/nms.hpp>

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <dlfcn.h>
#include <fmt/format.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/library.h>
#include <torch/script.h>
#include <torch/version.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <istream>
#include <sstream>
#include <streambuf>
#include <tuple>

namespace zeromiss {
namespace {

/// LibTorch's messages carry C++ and TorchScript stack traces; the last line that says something is
/// the cause.
std::string last_line(const std::string& text) {
  std::string found = "unknown cause";
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (line.find_first_not_of(" \t~^<>-") != std::string::npos &&
        line.rfind("Exception raised", 0) != 0)
      found = line;
  return found;
}

/// LibTorch explains a bad archive in five sentences; the first names the cause.
std::string first_sentence(const std::string& text) { return text.substr(0, text.find(". ")); }

/// Runs `use` and turns whatever LibTorch throws into `fail(one line)`.
template <class Use, class Fail>
auto guarded(const Use& use, const Fail& fail) {
  try {
    return use();
  } catch (const c10::Error& error) {
    fail(last_line(error.what_without_backtrace()));
  } catch (const Error&) {
    throw;
  } catch (const ItemError&) {
    throw;
  } catch (const std::exception& error) {
    fail(last_line(error.what()));
  }
  throw std::logic_error("fail() returned");
}

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

struct Device {
  c10::Device device;
  std::string reason;
};

/// LibTorch's CUDA half is opened at run time, so that one binary serves PCs with and without a
/// GPU.
std::string cuda_problem() {
  if (::dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) == nullptr) {
    const char* text = ::dlerror();
    return fmt::format(
        "this installation has no CUDA libraries (scripts/setup.sh --cuda adds them): {}",
        text == nullptr ? "libtorch_cuda.so not found" : text);
  }
  if (!at::hasCUDA())
    return "no usable GPU was found: is the NVIDIA driver installed and new enough?";
  return "";
}

Device choose_device(const std::string& wanted) {
  if (wanted == "cpu") return {c10::Device(c10::kCPU), "asked for"};
  if (wanted != "auto" && wanted.rfind("cuda", 0) != 0)
    throw Error(ErrorKind::usage,
                fmt::format("--device {}: expected auto, cpu, cuda or cuda:N", wanted));
  const std::string problem = cuda_problem();
  if (problem.empty())
    return {c10::Device(wanted == "auto" ? "cuda:0" : wanted),
            wanted == "auto" ? "a GPU is there" : "asked for"};
  if (wanted == "auto") return {c10::Device(c10::kCPU), "no GPU: " + problem};
  throw Error(ErrorKind::device, fmt::format("--device {}: {}", wanted, problem));
}

/// A worker computes on its own thread alone. OpenMP's thread count is per thread, so each caller
/// sets it once.
void compute_on_this_thread_alone() {
  thread_local const bool done = [] {
    at::set_num_threads(1);
    at::globalContext().setFlushDenormal(true);
    return true;
  }();
  static_cast<void>(done);
}

Tensor to_plain(const at::Tensor& value, const std::string& name, int image) {
  if (!value.defined()) throw ItemError("model.output", "output \"" + name + "\" is undefined");
  // A model that ends in permute gives a strided tensor: contiguous() before the memory is touched.
  const at::Tensor dense = value.to(at::kCPU, at::kFloat).contiguous();
  Tensor plain{name, dense.sizes().vec(), {}, image};
  const float* data = dense.data_ptr<float>();
  plain.data.assign(data, data + dense.numel());
  return plain;
}

/// Makes plain tensors of whatever a network returns: a tensor; tuples (also with named fields),
/// lists and dictionaries of them, nested; and lists with a dictionary for each image, as
/// torchvision's detectors return them, alone or behind their losses.
class Collector {
 public:
  explicit Collector(int images) : images_(images) {}

  void add(const c10::IValue& value, const std::string& name) {
    if (value.isTensor()) {
      add_tensor(value.toTensor(), name);
    } else if (value.isTuple()) {
      add_tuple(value);
    } else if (value.isTensorList()) {
      for (const at::Tensor& element : value.toTensorVector()) add_tensor(element, name);
    } else if (value.isList()) {
      add_list(value, name);
    } else if (value.isGenericDict()) {
      for (const auto& entry : value.toGenericDict())
        add(entry.value(), entry.key().isString() ? entry.key().toStringRef() : name);
    } else if (!value.isNone()) {
      refuse(fmt::format("the model returns {}, expected tensors", value.tagKind()));
    }
  }

  std::vector<Tensor> take() { return std::move(out_); }

 private:
  [[noreturn]] static void refuse(const std::string& problem) {
    throw ItemError("model.output", problem);
  }

  void add_tensor(const at::Tensor& value, const std::string& name) {
    if (image_ == Tensor::kWholeBatch &&
        (!value.defined() || value.dim() < 1 || value.size(0) != images_))
      refuse(fmt::format("output \"{}\" has {} rows for {} images", name,
                         value.defined() && value.dim() > 0 ? value.size(0) : 0, images_));
    out_.push_back(to_plain(value, name, image_));
  }

  void add_tuple(const c10::IValue& value) {
    const auto tuple = value.toTuple();
    const auto names = tuple->type()->names();
    const auto& elements = tuple->elements();
    for (std::size_t i = 0; i < elements.size(); ++i)
      add(elements[i], names && i < names->size() ? std::string((*names)[i]) : "");
  }

  /// One entry an image, each with as many rows as it found.
  void add_list(const c10::IValue& value, const std::string& name) {
    const auto list = value.toListRef();
    const bool dictionaries =
        std::all_of(list.begin(), list.end(), [](const auto& one) { return one.isGenericDict(); });
    if (!dictionaries || image_ != Tensor::kWholeBatch) {
      for (const auto& element : list) add(element, name);
      return;
    }
    if (list.size() != static_cast<std::size_t>(images_))
      refuse(
          fmt::format("the model gave a list of {} results for {} images", list.size(), images_));
    for (std::size_t i = 0; i < list.size(); ++i) {
      image_ = static_cast<int>(i);
      add(list[i], name);
    }
    image_ = Tensor::kWholeBatch;
  }

  int images_;
  int image_ = Tensor::kWholeBatch;
  std::vector<Tensor> out_;
};

/// Whether the network wants its pictures as a list, as torchvision's detectors do.
bool takes_list(const torch::jit::Module& module) {
  const auto& arguments = module.get_method("forward").function().getSchema().arguments();
  constexpr std::size_t kSelfAndPictures = 2;
  return arguments.size() >= kSelfAndPictures &&
         arguments[1].type()->kind() == c10::TypeKind::ListType;
}

// Scripted torchvision detectors call two operators of torchvision's own library. Having them here
// saves that library; on a GPU they run on the CPU.

/// torchvision.ops.nms. @return the kept rows, highest score first
at::Tensor torchvision_nms(const at::Tensor& boxes, const at::Tensor& scores, double iou) {
  const at::Tensor corners = boxes.to(at::kCPU, at::kFloat).contiguous();
  const at::Tensor values = scores.to(at::kCPU, at::kFloat).contiguous();
  const auto count = static_cast<std::size_t>(values.numel());
  if (corners.dim() != 2 || corners.size(1) != 4 ||
      corners.size(0) != static_cast<std::int64_t>(count))
    throw ItemError("model.failed", "torchvision::nms: expected N x 4 boxes and N scores");
  std::vector<Corners> rows(count);
  std::memcpy(rows.data(), corners.data_ptr<float>(), count * sizeof(Corners));
  std::vector<std::int64_t> kept;
  for (const std::size_t row : nms(rows, {values.data_ptr<float>(), count}, {}, iou, count))
    kept.push_back(static_cast<std::int64_t>(row));
  return at::tensor(kept, at::kLong).to(boxes.device());
}

/// A plane read between its pixels; outside by more than one pixel it is 0.
float read_between(const float* plane, std::int64_t height, std::int64_t width, float y, float x) {
  if (y < -1.0F || y > static_cast<float>(height) || x < -1.0F || x > static_cast<float>(width))
    return 0.0F;
  const auto split = [](float at, std::int64_t count) {
    at = std::max(at, 0.0F);
    const auto low = std::min(static_cast<std::int64_t>(at), count - 1);
    const auto high = std::min(low + 1, count - 1);
    return std::tuple(low, high, low == high ? 0.0F : at - static_cast<float>(low));
  };
  const auto [top, bottom, down] = split(y, height);
  const auto [left, right, across] = split(x, width);
  return (1 - down) * (1 - across) * plane[top * width + left] +
         (1 - down) * across * plane[top * width + right] +
         down * (1 - across) * plane[bottom * width + left] +
         down * across * plane[bottom * width + right];
}

/// One side of a region: where its bins begin, how long they are, and samples in each.
struct Bins {
  float start, size;
  std::int64_t samples;

  Bins(float from, float to, double scale, std::int64_t bins, std::int64_t sampling, bool aligned) {
    const float offset = aligned ? 0.5F : 0.0F, factor = static_cast<float>(scale);
    start = from * factor - offset;
    float length = to * factor - offset - start;
    if (!aligned) length = std::max(length, 1.0F);
    size = length / static_cast<float>(bins);
    samples = sampling > 0 ? sampling : static_cast<std::int64_t>(std::ceil(size));
  }
  [[nodiscard]] float at(std::int64_t bin, std::int64_t sample) const {
    return start + static_cast<float>(bin) * size +
           (static_cast<float>(sample) + 0.5F) * size / static_cast<float>(samples);
  }
};

/// torchvision.ops.roi_align: the mean of a few samples in each bin of each region (He et al. 2017,
/// Mask R-CNN). Regions are rows of image number, x1, y1, x2, y2.
at::Tensor torchvision_roi_align(const at::Tensor& input, const at::Tensor& regions, double scale,
                                 std::int64_t rows, std::int64_t columns, std::int64_t sampling,
                                 bool aligned) {
  const at::Tensor planes = input.to(at::kCPU, at::kFloat).contiguous();
  const at::Tensor places = regions.to(at::kCPU, at::kFloat).contiguous();
  const std::int64_t count = places.size(0), channels = planes.size(1);
  const std::int64_t height = planes.size(2), width = planes.size(3);
  at::Tensor result = at::empty({count, channels, rows, columns}, at::kFloat);
  float* out = result.data_ptr<float>();
  for (std::int64_t n = 0; n < count; ++n) {
    const float* place = places.data_ptr<float>() + n * 5;
    const auto image = static_cast<std::int64_t>(place[0]);
    if (image < 0 || image >= planes.size(0))
      throw ItemError("model.failed", "torchvision::roi_align: a region of no image");
    const Bins across(place[1], place[3], scale, columns, sampling, aligned);
    const Bins down(place[2], place[4], scale, rows, sampling, aligned);
    const auto samples =
        static_cast<float>(std::max<std::int64_t>(across.samples * down.samples, 1));
    for (std::int64_t c = 0; c < channels; ++c) {
      const float* plane = planes.data_ptr<float>() + (image * channels + c) * height * width;
      for (std::int64_t y = 0; y < rows; ++y)
        for (std::int64_t x = 0; x < columns; ++x) {
          float sum = 0.0F;
          for (std::int64_t i = 0; i < down.samples; ++i)
            for (std::int64_t j = 0; j < across.samples; ++j)
              sum += read_between(plane, height, width, down.at(y, i), across.at(x, j));
          *out++ = sum / samples;
        }
    }
  }
  return result.to(input.device(), input.scalar_type());
}

TORCH_LIBRARY(torchvision, library) {
  library.def("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor");
  library.def(
      "roi_align(Tensor input, Tensor rois, float spatial_scale, int pooled_height, int "
      "pooled_width, int sampling_ratio, bool aligned) -> Tensor");
  // Named in the training half of newer archives and never called: its name alone is needed to load
  // them.
  library.def("box_iou_rotated(Tensor boxes1, Tensor boxes2) -> Tensor");
}
TORCH_LIBRARY_IMPL(torchvision, CompositeExplicitAutograd, library) {
  library.impl("nms", torchvision_nms);
  library.impl("roi_align", torchvision_roi_align);
}

class TorchEngine : public Engine {
 public:
  TorchEngine(std::span<const std::uint8_t> archive, const EngineOptions& options)
      : device_(choose_device(options.device)) {
    // The profiling executor would spend the first two passes of each thread on gathering shapes,
    // which are fixed here, for fusions that the CPU does not have.
    torch::jit::getExecutorMode() = false;
    compute_on_this_thread_alone();
    const c10::InferenceMode guard;
    MemoryBuffer buffer(archive);
    std::istream stream(&buffer);
    torch::jit::Module module = torch::jit::load(stream, device_.device);
    module.eval();
    for (at::Tensor parameter : module.parameters())
      if (parameter.dim() == 4)
        parameter.set_data(parameter.contiguous(at::MemoryFormat::ChannelsLast));
    takes_list_ = takes_list(module);
    module_ = torch::jit::freeze(module);
#if TORCH_VERSION_MAJOR >= 2
    module_ = torch::jit::optimize_for_inference(module_);
#endif  // 1.13.1 computes a MobileNetV3 wrongly after it: other scores from the middle of a batch
        // on
  }

  std::vector<Tensor> run(const InputBatch& batch) override {
    compute_on_this_thread_alone();
    return guarded([&] { return forward(batch); },
                   [&](const std::string& cause) {
                     throw ItemError("model.failed", "the model failed: " + cause);
                   });
  }

  [[nodiscard]] std::string device() const override { return device_.device.str(); }
  [[nodiscard]] std::string device_reason() const override { return device_.reason; }
  [[nodiscard]] std::string library() const override {
    return fmt::format("LibTorch {}.{}.{}", TORCH_VERSION_MAJOR, TORCH_VERSION_MINOR,
                       TORCH_VERSION_PATCH);
  }

 private:
  std::vector<Tensor> forward(const InputBatch& batch) {
    const c10::InferenceMode guard;
    const at::Tensor nhwc =
        at::from_blob(const_cast<float*>(batch.data.data()),
                      {batch.images, batch.height, batch.width, batch.channels}, at::kFloat);
    const at::Tensor input = nhwc.permute({0, 3, 1, 2}).to(device_.device);
    Collector collector(batch.images);
    collector.add(module_.forward({takes_list_ ? c10::IValue(pictures(input)) : input}), "");
    return collector.take();
  }

  /// Each picture alone, C x H x W.
  static c10::List<at::Tensor> pictures(const at::Tensor& input) {
    c10::List<at::Tensor> list;
    for (const at::Tensor& picture : input.unbind(0)) list.push_back(picture);
    return list;
  }

  Device device_;
  torch::jit::Module module_;
  bool takes_list_ = false;
};

}  // namespace

std::unique_ptr<Engine> load_torchscript(std::span<const std::uint8_t> archive,
                                         const EngineOptions& options) {
  const auto load = [&]() -> std::unique_ptr<Engine> {
    return std::make_unique<TorchEngine>(archive, options);
  };
  return guarded(load, [&](const std::string& cause) {
    throw Error(ErrorKind::input,
                fmt::format("{}: cannot be loaded: {}", options.name, first_sentence(cause)));
  });
}

}  // namespace zeromiss
