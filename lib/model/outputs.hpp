#pragma once

#include <zeromiss/model/output_rules.hpp>
#include <zeromiss/model/tensor.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zeromiss {

/// One image's part of one output, every value finite.
struct OutputPart {
  std::string name;                 ///< how errors call it
  std::vector<std::int64_t> shape;  ///< without the image's dimension
  std::span<const float> data;
  std::vector<std::int64_t> batch;  ///< that dimension, for errors; empty: there is none
};

/// One image's parts of all outputs of a batch.
class ImageOutputs {
 public:
  ImageOutputs(const std::vector<Tensor>& outputs, int index, int images)
      : outputs_(outputs), index_(index), images_(images) {}

  /// The tensor that the manifest names, or the only one there is beside `other`.
  [[nodiscard]] OutputPart main(const std::optional<TensorName>& name,
                                const std::optional<TensorName>& other = std::nullopt) const;
  [[nodiscard]] OutputPart named(const TensorName& name) const;

 private:
  [[nodiscard]] std::vector<const Tensor*> mine() const;
  [[nodiscard]] OutputPart part(const Tensor& tensor) const;

  const std::vector<Tensor>& outputs_;
  int index_, images_;
};

/// @throws ItemError("model.output") naming both shapes
void require_shape(const OutputPart& part, const std::vector<std::int64_t>& expected);

bool all_finite(std::span<const float> values);

/// @param what  how the error calls a value: "a score"
/// @param hint  what may be wrong
/// @throws ItemError("model.output") for the lowest below 0, else the highest above 1
void require_probabilities(std::span<const float> values, std::string_view what,
                           std::string_view hint = "is output.activation right?");

[[noreturn]] void refuse_output(const std::string& problem);

/// 1 / (1 + exp(-x)) without overflow.
double sigmoid(double x);

}  // namespace zeromiss
