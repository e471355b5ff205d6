#include <zeromiss/base/error.hpp>
#include <zeromiss/model/interpret.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

namespace zeromiss {
namespace {

constexpr double kSumTolerance = 1e-3;  // float32 softmax of a thousand classes stays well inside

const Tensor& only_output(const std::vector<Tensor>& outputs) {
  if (outputs.size() != 1)
    throw ItemError("model.output",
                    fmt::format("the model gave {} outputs, expected 1", outputs.size()));
  return outputs.front();
}

/// This image's row of an output of shape images x columns (or just `images` when columns is 1).
std::span<const float> row_of(const Tensor& output, int index, int images, std::size_t columns) {
  const std::vector<std::int64_t> flat{images};
  const std::vector<std::int64_t> table{images, static_cast<std::int64_t>(columns)};
  if (output.shape != table && !(columns == 1 && output.shape == flat))
    throw ItemError("model.output",
                    fmt::format("the model's output has shape {}, expected {}",
                                fmt::join(output.shape, "x"), fmt::join(table, "x")));
  const auto row =
      std::span(output.data).subspan(static_cast<std::size_t>(index) * columns, columns);
  if (!std::all_of(row.begin(), row.end(), [](float value) { return std::isfinite(value); }))
    throw ItemError("model.nonfinite", "the model's output holds NaN or infinity");
  return row;
}

Classification softmax(std::span<const float> logits) {
  const double highest = *std::max_element(logits.begin(), logits.end());
  Classification result;
  for (const float logit : logits) result.probabilities.push_back(std::exp(logit - highest));
  const double sum = std::accumulate(result.probabilities.begin(), result.probabilities.end(), 0.0);
  for (double& value : result.probabilities) value /= sum;
  return result;
}

Classification checked_probabilities(std::span<const float> row) {
  Classification result{{row.begin(), row.end()}};
  const double sum = std::accumulate(row.begin(), row.end(), 0.0);
  if (std::abs(sum - 1.0) > kSumTolerance)
    throw ItemError(
        "model.output",
        fmt::format("probabilities add up to {}, expected 1: is output.kind \"logits\"?", sum));
  return result;
}

}  // namespace

Prediction interpret(const std::vector<Tensor>& outputs, int index, int images,
                     const ModelPackage& package) {
  const Tensor& output = only_output(outputs);
  const std::size_t classes = package.classes.size();
  switch (package.output) {
    case OutputKind::logits:
      return softmax(row_of(output, index, images, classes));
    case OutputKind::probabilities:
      return checked_probabilities(row_of(output, index, images, classes));
    case OutputKind::score:
      break;
  }
  return Anomaly{row_of(output, index, images, 1).front()};
}

}  // namespace zeromiss
