#include "support/catch.hpp"

#include <zeromiss/report/prometheus.hpp>

#include <nlohmann/json.hpp>

using Json = nlohmann::ordered_json;

TEST_CASE("the textfile says what the last complete run was", "[prometheus]") {
  const Json run = {{"model", {{"name", "a\"b\\c\nd"}, {"version", "1.0.0"}}}};
  const Json summary = {{"verdicts", {{"PASS", 3}, {"ERROR", 1}}},
                        {"errors", {{"image.truncated", 1}}},
                        {"seconds", 2.5},
                        {"images_per_s", 1.5}};
  // Escapes and layout as in Prometheus' exposition format 0.0.4.
  CHECK(zeromiss::prometheus_text(run, summary, 1700000000) ==
        "# HELP zeromiss_images Images of the last complete run, by verdict.\n"
        "# TYPE zeromiss_images gauge\n"
        "zeromiss_images{model=\"a\\\"b\\\\c\\nd\",version=\"1.0.0\",verdict=\"PASS\"} 3\n"
        "zeromiss_images{model=\"a\\\"b\\\\c\\nd\",version=\"1.0.0\",verdict=\"ERROR\"} 1\n"
        "# HELP zeromiss_image_errors Images in ERROR of the last complete run, by code.\n"
        "# TYPE zeromiss_image_errors gauge\n"
        "zeromiss_image_errors{model=\"a\\\"b\\\\c\\nd\",version=\"1.0.0\",code=\"image."
        "truncated\"} 1\n"
        "# HELP zeromiss_run_duration_seconds Length of the last complete run.\n"
        "# TYPE zeromiss_run_duration_seconds gauge\n"
        "zeromiss_run_duration_seconds{model=\"a\\\"b\\\\c\\nd\",version=\"1.0.0\"} 2.5\n"
        "# HELP zeromiss_images_per_second Speed of the last complete run.\n"
        "# TYPE zeromiss_images_per_second gauge\n"
        "zeromiss_images_per_second{model=\"a\\\"b\\\\c\\nd\",version=\"1.0.0\"} 1.5\n"
        "# HELP zeromiss_last_success_timestamp_seconds When the last run was complete, with a "
        "record for every image.\n"
        "# TYPE zeromiss_last_success_timestamp_seconds gauge\n"
        "zeromiss_last_success_timestamp_seconds{model=\"a\\\"b\\\\c\\nd\",version=\"1.0.0\"} "
        "1700000000\n");
}
