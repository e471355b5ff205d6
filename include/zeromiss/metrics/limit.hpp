#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace zeromiss {

/// The largest limit t of the defective images' scores whose miss rate is at most `target` with
/// `confidence`: as many escapes k (scores < t) as the exact one-sided bound of k among n allows,
/// t the (k+1)-th smallest score (risk-controlling prediction sets, Bates et al. 2021, with the
/// binomial bound). An image whose score equals t does not pass.
/// @return no value when even 0 escapes show no such rate (n is too small)
std::optional<double> risk_limit(std::vector<double> defective, double target, double confidence);

/// Smallest score minus its distance from the second smallest: without the lowest image the limit
/// would have been the second score, and would have missed the lowest by that much.
/// @return no value with fewer than two images
std::optional<double> leave_one_out_limit(std::span<const double> defective);

}  // namespace zeromiss
