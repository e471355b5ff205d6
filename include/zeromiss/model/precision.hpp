#pragma once

#include <optional>
#include <string_view>

namespace zeromiss {

/// Arithmetic of a network: its weights, its input and everything between. Outputs are float32
/// again before anything is made of them.
enum class Precision {
  fp32,
  bf16,  ///< 8 bits of mantissa, the range of float32
  fp16,  ///< IEEE 754 binary16; on a GPU only
};

/// "fp32", "bf16", "fp16".
std::string_view precision_name(Precision precision);
std::optional<Precision> precision_named(std::string_view name);

struct ModelPackage;

/// Scores move with the arithmetic (bf16: by up to 0.03), so limits hold only where they were set.
/// @throws Error(input) when the package's limits were set at another precision; the message says
/// how to set them
void require_limits_at(Precision asked, const ModelPackage& package);

}  // namespace zeromiss
