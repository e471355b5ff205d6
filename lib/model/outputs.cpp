#include "outputs.hpp"

#include <zeromiss/base/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cmath>

namespace zeromiss {

/// NaN and infinities have all exponent bits set; without branches, so that it runs in SIMD.
bool all_finite(std::span<const float> values) {
  constexpr std::uint32_t kExponent = 0x7F800000U;
  std::uint32_t bad = 0;
  for (const float value : values)
    bad |=
        static_cast<std::uint32_t>((std::bit_cast<std::uint32_t>(value) & kExponent) == kExponent);
  return bad == 0;
}

namespace {

std::string name_text(const TensorName& name) {
  if (const auto* key = std::get_if<std::string>(&name)) return "\"" + *key + "\"";
  return std::to_string(std::get<std::size_t>(name));
}

std::size_t values_of(std::span<const std::int64_t> shape) {
  std::size_t count = 1;
  for (const std::int64_t side : shape) count *= static_cast<std::size_t>(side);
  return count;
}

}  // namespace

void require_probabilities(std::span<const float> values, std::string_view what,
                           std::string_view hint) {
  float lowest = 0.0F, highest = 0.0F;
  for (const float value : values) {
    lowest = std::min(lowest, value);
    highest = std::max(highest, value);
  }
  if (lowest < 0.0F || highest > 1.0F)
    refuse_output(fmt::format("{} of {} is outside [0, 1]: {}", what,
                              lowest < 0.0F ? lowest : highest, hint));
}

void refuse_output(const std::string& problem) { throw ItemError("model.output", problem); }

double sigmoid(double x) {
  if (x >= 0.0) return 1.0 / (1.0 + std::exp(-x));
  const double power = std::exp(x);
  return power / (1.0 + power);
}

std::vector<const Tensor*> ImageOutputs::mine() const {
  std::vector<const Tensor*> found;
  for (const Tensor& tensor : outputs_)
    if (tensor.image == Tensor::kWholeBatch || tensor.image == index_) found.push_back(&tensor);
  return found;
}

OutputPart ImageOutputs::part(const Tensor& tensor) const {
  OutputPart part{tensor.name.empty() ? "the model's output"
                                      : fmt::format("the model's output \"{}\"", tensor.name),
                  tensor.shape,
                  tensor.data,
                  {}};
  const bool negative =
      std::any_of(tensor.shape.begin(), tensor.shape.end(), [](auto side) { return side < 0; });
  if (negative || values_of(tensor.shape) != tensor.data.size())
    refuse_output(fmt::format("{} holds {} values for shape {}", part.name, tensor.data.size(),
                              fmt::join(tensor.shape, "x")));
  if (tensor.image == Tensor::kWholeBatch) {
    if (tensor.shape.empty() || tensor.shape.front() != images_)
      refuse_output(fmt::format("{} has shape {}, expected {} images first", part.name,
                                fmt::join(tensor.shape, "x"), images_));
    part.batch = {images_};
    part.shape.erase(part.shape.begin());
    const std::size_t length = values_of(part.shape);
    part.data = part.data.subspan(static_cast<std::size_t>(index_) * length, length);
  }
  if (!all_finite(part.data))
    throw ItemError("model.nonfinite", part.name + " holds NaN or infinity");
  return part;
}

OutputPart ImageOutputs::named(const TensorName& name) const {
  const auto tensors = mine();
  if (const auto* position = std::get_if<std::size_t>(&name)) {
    if (*position >= tensors.size())
      refuse_output(fmt::format("the model gave {} outputs, expected one at position {}",
                                tensors.size(), *position));
    return part(*tensors[*position]);
  }
  const auto& key = std::get<std::string>(name);
  const auto same = [&](const Tensor* tensor) { return tensor->name == key; };
  const auto found = std::find_if(tensors.begin(), tensors.end(), same);
  if (found == tensors.end() || std::find_if(found + 1, tensors.end(), same) != tensors.end())
    refuse_output(fmt::format("the model gave {} output named \"{}\"",
                              found == tensors.end() ? "no" : "more than one", key));
  return part(**found);
}

OutputPart ImageOutputs::main(const std::optional<TensorName>& name,
                              const std::optional<TensorName>& other) const {
  if (name) return named(*name);
  auto tensors = mine();
  const std::size_t all = tensors.size();
  if (other) {
    if (const auto* position = std::get_if<std::size_t>(&*other)) {
      if (*position < tensors.size())
        tensors.erase(tensors.begin() + static_cast<std::ptrdiff_t>(*position));
    } else {
      const auto& key = std::get<std::string>(*other);
      std::erase_if(tensors, [&](const Tensor* tensor) { return tensor->name == key; });
    }
  }
  if (tensors.size() == 1) return part(*tensors.front());
  if (other)
    refuse_output(
        fmt::format("the model gave {} outputs, expected one beside {}: say which with "
                    "output.output",
                    all, name_text(*other)));
  refuse_output(fmt::format("the model gave {} outputs, expected 1", all));
}

void require_shape(const OutputPart& part, const std::vector<std::int64_t>& expected) {
  if (part.shape == expected) return;
  const auto whole = [&](const std::vector<std::int64_t>& shape) {
    std::vector<std::int64_t> sides = part.batch;
    sides.insert(sides.end(), shape.begin(), shape.end());
    return fmt::format("{}", fmt::join(sides, "x"));
  };
  refuse_output(
      fmt::format("{} has shape {}, expected {}", part.name, whole(part.shape), whole(expected)));
}

}  // namespace zeromiss
