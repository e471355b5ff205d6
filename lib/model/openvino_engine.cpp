// The only file that sees OpenVINO: a plug-in of its own, see openvino_plugin.hpp.
#include "onnx_file.hpp"
#include "openvino_plugin.hpp"

#include <zeromiss/base/version.hpp>

#include <fmt/format.h>
#include <openvino/core/preprocess/pre_post_process.hpp>
#include <openvino/core/version.hpp>
#include <openvino/op/constant.hpp>
#include <openvino/op/reduce_sum.hpp>
#include <openvino/op/result.hpp>
#include <openvino/op/util/multi_subgraph_base.hpp>
#include <openvino/runtime/core.hpp>
#include <openvino/runtime/intel_cpu/properties.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <mutex>
#include <numeric>
#include <sstream>
#include <unordered_set>

namespace zeromiss {
namespace {

/// OpenVINO says where in its sources it failed, and then why: the last line is the cause.
std::string last_line(const std::string& text) {
  std::string found = "unknown cause";
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (line.find_first_not_of(" \t") != std::string::npos) found = line;
  return found;
}

struct Device {
  std::string id;     ///< OpenVINO's name
  std::string shown;  ///< ours
  std::string reason;
};

/// "gpu" is OpenVINO's GPU.0 or its only GPU, "gpu:1" its GPU.1.
std::string gpu_id(const std::string& wanted) {
  constexpr std::size_t kPrefix = 3;
  const std::string number = wanted.size() > kPrefix ? wanted.substr(kPrefix + 1) : "0";
  const bool digits =
      !number.empty() && number.find_first_not_of("0123456789") == std::string::npos;
  if ((wanted.size() > kPrefix && wanted[kPrefix] != ':') || !digits)
    throw Error(ErrorKind::usage,
                fmt::format("--device {}: expected auto, cpu, gpu or gpu:N", wanted));
  return "GPU." + number;
}

Device choose_gpu(const ov::Core& core, const std::string& wanted) {
  const std::string id = gpu_id(wanted);
  std::string all;
  for (const std::string& device : core.get_available_devices()) {
    if (device == id || (device == "GPU" && id == "GPU.0"))
      return {device, "gpu:" + id.substr(id.find('.') + 1),
              "asked for: " + core.get_property(device, ov::device::full_name)};
    all += (all.empty() ? "" : ", ") + device;
  }
  throw Error(ErrorKind::device,
              fmt::format("--device {}: OpenVINO finds no such GPU here, only {}: is it one of "
                          "Intel's, and its driver installed (Debian: intel-opencl-icd)?",
                          wanted, all.empty() ? "nothing" : all));
}

Device choose_device(const ov::Core& core, const std::string& wanted) {
  if (wanted == "cpu") return {"CPU", "cpu", "asked for"};
  if (wanted == "auto") return {"CPU", "cpu", "OpenVINO; --device gpu takes Intel's GPU"};
  if (wanted.rfind("gpu", 0) == 0) return choose_gpu(core, wanted);
  if (wanted.rfind("cuda", 0) == 0)
    throw Error(ErrorKind::device,
                fmt::format("--device {}: OpenVINO uses CPUs and Intel's GPUs; use the package "
                            "with TorchScript weights",
                            wanted));
  throw Error(ErrorKind::usage,
              fmt::format("--device {}: expected auto, cpu, gpu or gpu:N", wanted));
}

/// The scores are those that the limits were set with only if nothing is rounded on the way:
/// OpenVINO takes bf16 by itself where the CPU has it, and fp16 on GPUs.
ov::AnyMap settings(const Device& device, int workers, int threads) {
  ov::AnyMap map{ov::hint::inference_precision(ov::element::f32),
                 ov::hint::execution_mode(ov::hint::ExecutionMode::ACCURACY),
                 ov::num_streams(workers)};
  if (device.id != "CPU") return map;
  // A stream a worker, whose threads the system may put on any processor: the budget was counted
  // before, from affinity and quota.
  map.insert({ov::inference_num_threads(workers * threads), ov::hint::enable_cpu_pinning(false),
              ov::hint::enable_hyper_threading(true),
              ov::hint::scheduling_core_type(ov::hint::SchedulingCoreType::ANY_CORE),
              ov::intel_cpu::denormals_optimization(true)});
  return map;
}

/// Kernels may hide a NaN (a rectifier makes 0 of it), so weights that hold one are found here.
void refuse_nan(const ov::Model& model) {
  for (const auto& node : model.get_ordered_ops()) {
    if (const auto outer = ov::as_type_ptr<ov::op::util::MultiSubGraphOp>(node))
      for (const auto& body : outer->get_functions()) refuse_nan(*body);
    const auto constant = ov::as_type_ptr<ov::op::v0::Constant>(node);
    if (!constant || !constant->get_element_type().is_real()) continue;
    const auto values = constant->cast_vector<float>();
    if (std::any_of(values.begin(), values.end(), [](float value) { return std::isnan(value); }))
      throw std::runtime_error(
          fmt::format("its weights \"{}\" hold NaN", constant->get_friendly_name()));
  }
}

/// Whether a layer may give NaN or infinity for finite numbers, overflow apart: it divides by what
/// it is given, or takes roots and logarithms of it.
bool may_leave_numbers(const ov::Node& node) {
  static const std::unordered_set<std::string> kLayers{
      "Divide", "Power", "Sqrt",  "Log", "Mod", "FloorMod", "NormalizeL2",   "Acos",
      "Acosh",  "Asin",  "Atanh", "Tan", "If",  "Loop",     "TensorIterator"};
  if (kLayers.count(node.get_type_name()) == 0) return false;
  const bool fixed =
      node.get_input_size() == 2 && ov::is_type<ov::op::v0::Constant>(node.get_input_node_ptr(1));
  if (!fixed) return true;
  const auto values =
      ov::as_type<const ov::op::v0::Constant>(node.get_input_node_ptr(1))->cast_vector<float>();
  const bool power = std::string(node.get_type_name()) == "Power";
  return !std::all_of(values.begin(), values.end(), [&](float value) {
    return power ? value >= 0.0F && value == std::floor(value) : value != 0.0F;
  });
}

/// Kernels make a number of NaN (a rectifier 0, a maximum another one), and a clean score of that.
/// So the sum of every layer that may give such values becomes a result of its own, behind the
/// model's; it is finite if and only if all of them are, but for sums beyond 3e38.
void watch_finite(ov::Model& model) {
  ov::ResultVector sums;
  for (const auto& node : model.get_ordered_ops()) {
    if (!may_leave_numbers(*node)) continue;
    for (const ov::Output<ov::Node>& output : node->outputs()) {
      if (!output.get_element_type().is_real() || output.get_partial_shape().rank().is_dynamic())
        continue;
      std::vector<std::int64_t> axes(output.get_partial_shape().size());
      std::iota(axes.begin(), axes.end(), std::int64_t{0});
      const auto all = ov::op::v0::Constant::create(ov::element::i64, {axes.size()}, axes);
      const auto sum = std::make_shared<ov::op::v1::ReduceSum>(output, all, false);
      sums.push_back(std::make_shared<ov::op::v0::Result>(sum));
    }
  }
  model.add_results(sums);
}

/// Takes our batches (N x H x W x C) as they lie in memory and gives float32.
std::shared_ptr<ov::Model> adapted(std::shared_ptr<ov::Model> model, const EngineOptions& options) {
  if (model->inputs().size() != 1)
    throw std::runtime_error(fmt::format("it has {} inputs, expected 1", model->inputs().size()));
  const ov::element::Type type = model->input().get_element_type();
  if (!type.is_real())
    throw std::runtime_error(fmt::format("its input is {}, expected f32", type.to_string()));
  // Only the batch may be another one: a network of means would take any picture.
  ov::PartialShape declared = model->input().get_partial_shape();
  ov::PartialShape wanted{ov::Dimension::dynamic(), options.channels, options.height,
                          options.width};
  if (declared.rank().is_static() && declared.size() == wanted.size())
    declared[0] = ov::Dimension::dynamic();
  if (!declared.compatible(wanted))
    throw std::runtime_error(
        fmt::format("its input is {}, expected {}", declared.to_string(), wanted.to_string()));
  model->reshape(ov::PartialShape{options.images, options.channels, options.height, options.width});
  ov::preprocess::PrePostProcessor steps(model);
  steps.input().tensor().set_element_type(ov::element::f32).set_layout("NHWC");
  steps.input().model().set_layout("NCHW");
  for (std::size_t i = 0; i < model->outputs().size(); ++i)
    steps.output(i).tensor().set_element_type(ov::element::f32);
  return steps.build();
}

/// An output may have several names; the first in the order of letters is ours.
std::string name_of(const ov::Output<const ov::Node>& output) {
  const auto& names = output.get_names();
  return names.empty() ? "" : *std::min_element(names.begin(), names.end());
}

class OpenVinoEngine : public Engine {
 public:
  OpenVinoEngine(std::span<const std::uint8_t> weights, const EngineOptions& options)
      : device_(choose_device(core_, options.device)),
        shape_{static_cast<std::size_t>(options.images), static_cast<std::size_t>(options.height),
               static_cast<std::size_t>(options.width),
               static_cast<std::size_t>(options.channels)} {
    const auto model = read(weights, options.format);
    refuse_nan(*model);
    const std::size_t own = model->outputs().size();
    watch_finite(*model);
    compiled_ =
        core_.compile_model(adapted(model, options), device_.id,
                            settings(device_, std::max(1, options.workers), options.threads));
    if (compiled_.get_property(ov::hint::inference_precision) != ov::element::f32)
      throw std::runtime_error("this device does not compute it in fp32");
    for (std::size_t i = 0; i < own; ++i) names_.push_back(name_of(compiled_.output(i)));
  }

  std::vector<Tensor> run(const InputBatch& batch) override {
    if (ov::Shape{static_cast<std::size_t>(batch.images), static_cast<std::size_t>(batch.height),
                  static_cast<std::size_t>(batch.width),
                  static_cast<std::size_t>(batch.channels)} != shape_)
      throw std::logic_error("a batch that the engine was not loaded for");
    try {
      ov::InferRequest request = take();
      request.set_input_tensor(
          ov::Tensor(ov::element::f32, shape_, const_cast<float*>(batch.data.data())));
      // On a stream's own thread while this one waits: infer() would compute here, but ties each
      // thread that ever called it to one stream, and two of them may meet on the same one.
      request.start_async();
      request.wait();
      require_finite(request);
      auto outputs = copied(request, batch.images);
      give_back(std::move(request));  // one that threw is not used again
      return outputs;
    } catch (const ItemError&) {
      throw;
    } catch (const std::exception& error) {
      throw ItemError("model.failed", "the model failed: " + last_line(error.what()));
    }
  }

  [[nodiscard]] std::string device() const override { return device_.shown; }
  [[nodiscard]] std::string device_reason() const override { return device_.reason; }
  [[nodiscard]] std::string library() const override {
    return fmt::format("OpenVINO {}.{}.{}", OPENVINO_VERSION_MAJOR, OPENVINO_VERSION_MINOR,
                       OPENVINO_VERSION_PATCH);
  }

 private:
  std::shared_ptr<ov::Model> read(std::span<const std::uint8_t> weights, WeightsFormat format) {
    const auto text = [](std::span<const std::uint8_t> bytes) {
      return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    };
    if (format == WeightsFormat::onnx) {
      require_whole_onnx(weights);
      return core_.read_model(text(weights), ov::Tensor());
    }
    const auto [graph, numbers] = unpacked(weights);
    const std::string xml = text(graph);
    // OpenVINO finds the format out by itself, and no other one may come in this way.
    if (xml.rfind("<?xml", 0) != 0 && xml.rfind("<net", 0) != 0)
      throw std::runtime_error("is no OpenVINO model: its first file is not XML");
    if (!numbers.empty()) {
      numbers_ = ov::Tensor(ov::element::u8, ov::Shape{numbers.size()});
      std::memcpy(numbers_.data(), numbers.data(), numbers.size());
    }
    return core_.read_model(xml, numbers_);
  }

  ov::InferRequest take() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return compiled_.create_infer_request();
    ov::InferRequest request = std::move(free_.back());
    free_.pop_back();
    return request;
  }

  void give_back(ov::InferRequest request) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(request));
  }

  /// @throws ItemError when a layer inside gave NaN or infinity
  void require_finite(ov::InferRequest& request) const {
    for (std::size_t i = names_.size(); i < compiled_.outputs().size(); ++i)
      if (!std::isfinite(*request.get_output_tensor(i).data<float>()))
        throw ItemError("model.nonfinite", "a value inside the network is not finite");
  }

  std::vector<Tensor> copied(ov::InferRequest& request, int images) const {
    std::vector<Tensor> outputs;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      const ov::Tensor found = request.get_output_tensor(i);
      const ov::Shape& shape = found.get_shape();
      if (shape.empty() || shape.front() != static_cast<std::size_t>(images))
        throw ItemError("model.output",
                        fmt::format("output \"{}\" has {} rows for {} images", names_[i],
                                    shape.empty() ? 0 : shape.front(), images));
      Tensor& plain = outputs.emplace_back();
      plain.name = names_[i];
      plain.shape.assign(shape.begin(), shape.end());
      const auto* data = found.data<float>();
      plain.data.assign(data, data + found.get_size());
    }
    return outputs;
  }

  ov::Core core_;
  Device device_;
  ov::Tensor numbers_;  // the model's constants lie in it
  ov::Shape shape_;     // N x H x W x C
  ov::CompiledModel compiled_;
  std::vector<std::string> names_;
  std::mutex mutex_;
  std::vector<ov::InferRequest> free_;
};

std::unique_ptr<Engine> load(std::span<const std::uint8_t> weights, const EngineOptions& options) {
  try {
    return std::make_unique<OpenVinoEngine>(weights, options);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    throw Error(ErrorKind::input,
                fmt::format("{}: cannot be loaded: {}", options.name, last_line(error.what())));
  }
}

}  // namespace

extern "C" {
extern const OpenVinoPlugin zeromiss_openvino_plugin;
const OpenVinoPlugin zeromiss_openvino_plugin{kVersion, sizeof(EngineOptions), load};
}

}  // namespace zeromiss
