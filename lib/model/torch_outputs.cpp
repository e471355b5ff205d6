#include "torch_outputs.hpp"

#include <zeromiss/base/error.hpp>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/script.h>

#include <algorithm>
#include <string>
#include <utility>

namespace zeromiss {
namespace {

/// Collects the tensors.
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

  std::vector<FoundTensor> take() { return std::move(out_); }

 private:
  [[noreturn]] static void refuse(const std::string& problem) {
    throw ItemError("model.output", problem);
  }

  void add_tensor(const at::Tensor& value, const std::string& name) {
    if (image_ == Tensor::kWholeBatch &&
        (!value.defined() || value.dim() < 1 || value.size(0) != images_))
      refuse(fmt::format("output \"{}\" has {} rows for {} images", name,
                         value.defined() && value.dim() > 0 ? value.size(0) : 0, images_));
    if (!value.defined()) refuse("output \"" + name + "\" is undefined");
    out_.push_back({name, image_, value});
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
  std::vector<FoundTensor> out_;
};

}  // namespace

std::vector<FoundTensor> find_tensors(const c10::IValue& returned, int images) {
  Collector collector(images);
  collector.add(returned, "");
  return collector.take();
}

std::vector<Tensor> plain(const std::vector<FoundTensor>& found) {
  std::vector<Tensor> all;
  for (const FoundTensor& one : found) {
    // A model that ends in permute gives a strided tensor: contiguous() before the memory is
    // touched.
    const at::Tensor dense = one.value.to(at::kCPU, at::kFloat).contiguous();
    const float* data = dense.data_ptr<float>();
    all.push_back({one.name, dense.sizes().vec(), {data, data + dense.numel()}, one.image});
  }
  return all;
}

}  // namespace zeromiss
