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

/// The basic bootstrap bound of the smallest score (Efron & Tibshirani 1993): a limit chosen from n
/// scores drawn with replacement would lie above the smallest of all by d; the limit is the
/// smallest minus the `confidence` quantile of d. How the smallest of a resample is distributed is
/// known exactly, P(above the j-th smallest) = (1 - j/n)^n, so nothing is drawn and no seed is
/// needed.
/// @return no value with fewer than two images
std::optional<double> bootstrap_limit(std::vector<double> defective, double confidence);

/// The upper limit of a review band that begins at `review_at`: from there on at most `share` of
/// the good images lie. The smallest score of a defective image above all other good ones, so that
/// every defect that can be told from them is rejected; without one, the next number above them.
/// Never below review_at.
double rejection_limit(std::span<const double> defective, std::vector<double> good, double share,
                       double review_at);

}  // namespace zeromiss
