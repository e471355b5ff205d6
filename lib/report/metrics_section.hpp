#pragma once
// What the writers of metrics.json share.

#include <zeromiss/report/certificate.hpp>
#include <zeromiss/report/metrics_report.hpp>

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace zeromiss {

/// An object of metrics.json under construction. A figure without a value becomes null, and its
/// reason goes to the one list that all objects share, under its dotted path.
class Section {
 public:
  Section(std::string path, nlohmann::ordered_json& reasons)
      : path_(std::move(path)), reasons_(&reasons) {}

  void put(const std::string& key, const Figure& figure) {
    if (figure.defined()) {
      json_[key] = *figure.value;
      return;
    }
    json_[key] = nullptr;
    (*reasons_)[path_ + key] = figure.reason;
  }
  void put(const std::string& key, const std::optional<Interval>& interval,
           const std::string& reason) {
    if (interval) {
      json_[key] = {interval->low, interval->high};
      return;
    }
    json_[key] = nullptr;
    (*reasons_)[path_ + key] = reason;
  }
  template <typename T>
  void set(const std::string& key, T value) {
    json_[key] = std::move(value);
  }
  [[nodiscard]] Section inside(const std::string& key) const {
    return Section(path_ + key + ".", *reasons_);
  }
  nlohmann::ordered_json take() { return std::move(json_); }

 private:
  std::string path_;
  nlohmann::ordered_json* reasons_;
  nlohmann::ordered_json json_ = nlohmann::ordered_json::object();
};

/// All of metrics.json; the page shows the same document.
nlohmann::ordered_json metrics_document(const Evaluation& evaluation);

/// @param labels  one a class of the matrix
nlohmann::ordered_json matrix_json(const ConfusionMatrix& matrix,
                                   const std::vector<std::string>& labels);

/// The "certificate" block (certificate.cpp).
nlohmann::ordered_json certificate_json(Section section, const Certificate& certificate);

/// The "detection" block (metrics_detection.cpp).
nlohmann::ordered_json detection_json(Section section, const DetectionReport& report);
/// The tables of detection, as the files and the terminal have them.
std::string detection_class_csv(const DetectionReport& report);
std::string detection_confusion_csv(const DetectionReport& report);
std::string detection_text(const DetectionReport& report);

/// The "pod" block (pod_report.cpp), and its curve.
nlohmann::ordered_json pod_json(Section section, const PodReport& report);
nlohmann::ordered_json pod_curve_json(const PodReport& report);

nlohmann::ordered_json segmentation_json(Section section, const SegmentationReport& report);
std::string segmentation_class_csv(const SegmentationReport& report);
std::string segmentation_text(const SegmentationReport& report);

/// Rows = truth. A last column for what has no usable prediction, where there is such.
std::string matrix_csv(const ConfusionMatrix& matrix, const std::vector<std::string>& labels);
/// An undefined figure is an empty cell; metrics.json has its reason.
std::string csv_cell(const Figure& figure);

}  // namespace zeromiss
