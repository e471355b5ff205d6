#pragma once
// Defects of known size and whether they were found, for every task.

#include <zeromiss/dataset/ground_truth.hpp>
#include <zeromiss/metrics/detection.hpp>
#include <zeromiss/metrics/regions.hpp>
#include <zeromiss/report/metrics_report.hpp>
#include <zeromiss/tools/score.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace zeromiss {

/// @throws Error(usage) for a model that there is not, or a pixel without extent
void check_pod_options(const ScoreOptions& options);

/// One target a defective image, found where it is flagged; an ERROR and a missing record are not.
/// Does nothing when the labels hold no sizes. After evaluation.outcomes are there.
void add_image_pod(Evaluation& evaluation, const GroundTruth& truth, const ScoreOptions& options);

/// One target a labelled object of a defect class (no crowds, none that is difficult), found by
/// COCO's rule at IoU 0.5 and the operating score, as in the class table. An image that is flagged
/// for something else says nothing of this object.
void add_object_pod(Evaluation& evaluation, const DetectionSet& set,
                    const std::vector<bool>& defects, const ScoreOptions& options);

/// One target a connected region of a defect class.
/// @param image_of  one a region; @param name  of an image
void add_region_pod(Evaluation& evaluation, const std::vector<TrueRegion>& regions,
                    const std::vector<std::uint32_t>& image_of, const std::vector<bool>& defects,
                    std::function<std::string(std::size_t)> name, const ScoreOptions& options);

}  // namespace zeromiss
