// Published intervals and agreement figures, ../shared/vectors/stats-published/expected.json.
#include "support/catch.hpp"
#include "support/shared_file.hpp"

#include <zeromiss/metrics/confusion.hpp>
#include <zeromiss/metrics/intervals.hpp>
#include <zeromiss/metrics/paired.hpp>

#include <string>

using namespace zeromiss;
using Json = nlohmann::json;

namespace {

constexpr const char* kFile = "vectors/stats-published/expected.json";
constexpr double kFourDigits = 5.01e-5;  // published with four digits

template <typename Method>
void check_intervals(const Json& rows, Method method) {
  for (const auto& row : rows) {
    const auto k = row["k"].get<std::uint64_t>(), n = row["n"].get<std::uint64_t>();
    INFO(k << " of " << n);
    const auto interval = method(k, n, 0.95);
    REQUIRE(interval.has_value());
    CHECK(interval->low == Approx(row["published"][0].get<double>()).margin(kFourDigits));
    CHECK(interval->high == Approx(row["published"][1].get<double>()).margin(kFourDigits));
  }
}

}  // namespace

TEST_CASE("Newcombe's table of Wilson intervals comes out") {
  if (const auto file = shared_json(kFile)) check_intervals((*file)["wilson_95"], wilson);
}

TEST_CASE("Newcombe's table of Clopper-Pearson intervals comes out") {
  if (const auto file = shared_json(kFile))
    check_intervals((*file)["clopper_pearson_95_two_sided"], clopper_pearson);
}

TEST_CASE("the classical 90/95 demonstration sizes come out") {
  const auto file = shared_json(kFile);
  if (!file) return;
  const auto& sizes = (*file)["demonstration_sample_sizes_90_95"]["misses_allowed_to_n"];
  for (const auto& [misses, size] : sizes.items())
    CHECK(demonstration_size(std::stoull(misses), 0.1, 0.95) == size.get<std::uint64_t>());
}

TEST_CASE("the kappa values of the MSA attribute study come out to two digits") {
  const auto file = shared_json(kFile);
  if (!file) return;
  const auto& study = (*file)["msa_attribute_kappa"];
  for (const auto& [name, kappa] : study["kappa_published"].items()) {
    INFO(name);
    ConfusionMatrix matrix(2);
    for (std::size_t i = 0; i < 2; ++i)
      for (std::size_t j = 0; j < 2; ++j) matrix.add(i, j, study[name][i][j].get<std::uint64_t>());
    CHECK(confusion_figures(matrix).cohen_kappa.or_zero() ==
          Approx(kappa.get<double>()).margin(0.00501));
  }
}

// Bentur et al.'s table, with the tests of Fagerland, Lydersen and Laake 2013 and 2014.
TEST_CASE("the published figures of the airway study come out") {
  const auto file = shared_json(kFile);
  if (!file) return;
  const auto& study = (*file)["mcnemar_airways"];
  const auto count = [&](const char* name) { return study["table"][name].get<std::uint64_t>(); };
  const PairedCounts counts{count("both"), count("first_only"), count("second_only"),
                            count("neither")};
  CHECK(mcnemar_exact(counts) == Approx(study["exact"].get<double>()).margin(kFourDigits));
  CHECK(mcnemar_mid_p(counts) == Approx(study["midp"].get<double>()).margin(kFourDigits));
  constexpr double kThreeDigits = 5.01e-4;
  const auto interval = newcombe_paired(counts, 0.95);
  REQUIRE(interval.has_value());
  const auto& published = study["newcombe_paired_95"];
  CHECK(interval->low == Approx(published[0].get<double>()).margin(kThreeDigits));
  CHECK(interval->high == Approx(published[1].get<double>()).margin(kThreeDigits));
}
