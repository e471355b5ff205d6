#pragma once

#include <zeromiss/report/metrics_report.hpp>
#include <zeromiss/tools/score.hpp>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace zeromiss {

/// Finds the files of labelled images by the same rule; no value where there is none.
std::function<std::optional<std::filesystem::path>(const std::string&)> picture_finder(
    const ScoreOptions& options);

/// Finds labelled images by their names: in --images, else beside the labels (the folder itself,
/// its images/, JPEGImages/ and test/, and the same of its parent for a file). Names that lead out
/// of these folders have no picture.
/// @param sized  also say how large the image is (it is then decoded in full)
std::function<std::optional<EvaluationPicture>(const std::string&)> picture_maker(
    const ScoreOptions& options, bool sized);

}  // namespace zeromiss
