// Which pictures --prove-stable takes for near a limit: objects, masks, tiles and anomaly scores.
#include "stability_lot.hpp"

using namespace zeromiss;
using namespace zeromiss::test;

TEST_CASE("a defect that just does not count is near a limit", "[stability]") {
  // One box with the picture's brightness as its score: seen from min_score 0.25 on, which is v
  // = 63.75. Odds three times smaller are 0.1: v = 25.5.
  const auto boxes = [](Json& m) {
    m["task"] = "detection";
    m["output"] = Json::parse(
        R"({"kind": "boxes_yolo", "layout": "v8", "transposed": false, "activation": "none",
      "boxes": "pixels", "multi_label": false, "min_score": 0.25, "nms": "none", "masks": null})");
    m["golden"][0]["score"] = 1.0;
    m["decision"] = Json::parse(R"({"review_at": 0.25, "reject_at": 0.9, "origin": {}})");
  };
  const auto one_box = [](const InputBatch& batch, const EngineOptions&) {
    const auto logits = mean_outputs(batch);
    Tensor output{"", {batch.images, 1, 6}, {}};
    for (int i = 0; i < batch.images; ++i) {
      const float mean = logits[0].data[static_cast<std::size_t>(2 * i + 1)] / 10.0F + 0.5F;
      for (const float value : {2.0F, 2.0F, 2.0F, 2.0F, 0.0F, mean}) output.data.push_back(value);
    }
    return std::vector<Tensor>{output};
  };
  const GrayLot lot({25, 26, 63, 64}, boxes);
  CHECK(lot.run(one_box) == 0);
  const auto records = lot.records();
  CHECK_FALSE(records.at(25).stability);
  CHECK(records.at(26).stability->flips.empty());
  CHECK(records.at(26).verdict == VerdictKind::pass);
  CHECK(*records.at(63).score == 0.0);
  CHECK(records.at(63).verdict == VerdictKind::review);
  CHECK(causes_of(records.at(63)) == Causes{"grey+1"});
  CHECK(causes_of(records.at(64)) == Causes{"grey-1"});
  CHECK(records.at(64).stability->flips.at(0).verdict == VerdictKind::pass);
}

TEST_CASE("a defect about as large as min_area is near a limit", "[stability]") {
  // A box of 2 x 2 in an input of 4 x 4, which is 4 x 4 = 16 pixels of a picture of 8 x 8.
  const auto with_area = [](double min_area) {
    return [=](Json& m) {
      m["task"] = "detection";
      m["output"] = Json::parse(
          R"({"kind": "boxes_yolo", "layout": "v8", "transposed": false, "activation": "none",
        "boxes": "pixels", "multi_label": false, "min_score": 0.25, "nms": "none", "masks": null})");
      m["classes"][1]["min_area"] = min_area;
      m["golden"][0]["score"] = min_area > 16 ? 0.0 : 0.99;
      if (min_area > 16) m["golden"][0]["label"] = "";
    };
  };
  const auto sure = [](const InputBatch& batch, const EngineOptions&) {
    Tensor output{"", {batch.images, 1, 6}, {}};
    for (int i = 0; i < batch.images; ++i)
      for (const float value : {2.0F, 2.0F, 2.0F, 2.0F, 0.0F, 0.99F}) output.data.push_back(value);
    return std::vector<Tensor>{output};
  };
  const auto is_near = [&](double min_area) {
    const GrayLot lot({100}, with_area(min_area));
    lot.run(sure);
    return lot.records().at(100).stability.has_value();
  };
  CHECK_FALSE(is_near(49));  // a third of 49 is more than 16
  CHECK(is_near(47));
  CHECK(is_near(6));  // three times 6 is more than 16
  CHECK_FALSE(is_near(5));
}

TEST_CASE("tiled pictures are proven, too", "[stability][tiles]") {
  const GrayLot lot({72, 98, 99, 156}, [](Json& m) {
    m["input"]["steps"] = {{{"op", "tile"}, {"width", 4}, {"height", 4}, {"overlap", 0}}};
  });
  CHECK(lot.run() == 0);
  const auto records = lot.records();
  CHECK(records.at(72).stability->runs == static_cast<int>(kAllCauses.size()));
  CHECK(causes_of(records.at(98)) == Causes{});
  CHECK(causes_of(records.at(99)) == Causes{"grey+1"});
  CHECK(causes_of(records.at(156)) == Causes{"grey-1"});
  CHECK(records.at(156).verdict == VerdictKind::review);
}

TEST_CASE("scores of anomaly models have a band in themselves, and none around 0", "[stability]") {
  const auto anomaly = [](double limit) {
    return [=](Json& m) {
      m["task"] = "anomaly";
      m["output"]["kind"] = "score";
      m["golden"][0]["score"] = 255.0;
      m["decision"] = {{"review_at", limit}, {"reject_at", limit}, {"origin", Json::object()}};
    };
  };
  const auto gray_score = [](const InputBatch& batch, const EngineOptions&) {
    const auto logits = mean_outputs(batch);
    Tensor scores{"", {batch.images}, {}};
    for (int i = 0; i < batch.images; ++i)
      scores.data.push_back((logits[0].data[static_cast<std::size_t>(2 * i + 1)] / 10.0F + 0.5F) *
                            255.0F);
    return std::vector<Tensor>{scores};
  };
  const GrayLot lot({29, 30, 89, 90, 200}, anomaly(89.5));  // a third is 29.83
  lot.run(gray_score);
  const auto records = lot.records();
  CHECK_FALSE(records.at(29).stability);
  CHECK(records.at(30).stability->flips.empty());
  CHECK(causes_of(records.at(89)) == Causes{"grey+1"});
  CHECK(causes_of(records.at(90)) == Causes{"grey-1"});
  CHECK(records.at(200).stability);
  CHECK_THROWS_AS(GrayLot({10}, anomaly(0.0)).run(gray_score), Error);
}

TEST_CASE("a class that argmax just does not choose is near a limit", "[stability][masks]") {
  // Of n classes with equal logits but for two: softmax of the good one and of the defect are e^g /
  // S and e^d / S. The picture's brightness is the defect's lead in the logit, 10 (v/255 - 1/2): at
  // 127 it is -0.0196, at 128 0.0196. With two classes the defect has 0.495 and 0.505, with eight
  // 0.124 and 0.127, since six others share the rest.
  for (const int others : {0, 6}) {
    CAPTURE(others);
    const auto masks = [&](Json& m) {
      m["task"] = "segmentation";
      m["output"] = Json::parse(
          R"({"kind": "mask_logits", "activation": "softmax", "pixel": "argmax", "stride": 1, "resample": "nearest"})");
      for (int i = 0; i < others; ++i)
        m["classes"].push_back({{"name", "other" + std::to_string(i)}, {"defect", false}});
      m["golden"][0]["score"] = 1.0 / (1.0 + (1 + others) * std::exp(-5.0));
      m["decision"] = Json::parse(R"({"review_at": 0.05, "reject_at": 0.9999, "origin": {}})");
    };
    const auto planes = [&](const InputBatch& batch, const EngineOptions&) {
      const auto logits = mean_outputs(batch);
      Tensor output{"", {batch.images, 2 + others, 4, 4}, {}};
      for (int i = 0; i < batch.images; ++i)
        for (int k = 0; k < 2 + others; ++k)
          output.data.insert(output.data.end(), 16,
                             k == 1 ? logits[0].data[static_cast<std::size_t>(2 * i + 1)] : 0.0F);
      return std::vector<Tensor>{output};
    };
    const GrayLot lot({20, 127, 128}, masks);
    CHECK(lot.run(planes) == 0);
    const auto records = lot.records();
    CHECK(records.at(20).verdict == VerdictKind::pass);
    CHECK_FALSE(records.at(20).stability);  // 0.015 of two, 0.002 of eight
    CHECK(records.at(127).verdict == VerdictKind::review);
    CHECK(records.at(127).stability->verdict == VerdictKind::pass);
    CHECK(causes_of(records.at(127)) == std::vector<std::string>{"grey+1"});
    CHECK(causes_of(records.at(128)) == std::vector<std::string>{"grey-1"});
  }
}

TEST_CASE("another tile than the worst may be near the limit of its class", "[stability][tiles]") {
  // The left half decides "bright" (score 0.5, below 0.9), the right half "scratch", whose own
  // limit is 0.1: its probability 0.0995 passes, too, and is the one that is near.
  const GrayLot lot({100}, [](Json& m) {
    m["classes"].push_back({{"name", "scratch"}, {"defect", true}, {"review_at", 0.1}});
    m["decision"] = Json::parse(R"({"review_at": 0.9, "reject_at": 0.95, "origin": {}})");
    m["input"]["steps"] = {{{"op", "tile"}, {"width", 4}, {"height", 4}, {"overlap", 0}}};
  });
  const auto two_kinds = [](const InputBatch& batch, const EngineOptions&) {
    const auto means = mean_outputs(batch);
    Tensor logits{"", {batch.images, 3}, {}};
    for (int i = 0; i < batch.images; ++i) {
      const float bright = means[0].data[static_cast<std::size_t>(2 * i + 1)];
      if (bright > 4.9F) {  // the golden picture
        logits.data.insert(logits.data.end(), {0.0F, bright, -30.0F});
      } else if (i % 2 == 0) {
        logits.data.insert(logits.data.end(), {0.0F, 0.0F, -30.0F});
      } else {  // ln(0.0995 / 0.9005)
        logits.data.insert(logits.data.end(), {0.0F, -30.0F, -2.2028F});
      }
    }
    return std::vector<Tensor>{logits};
  };
  lot.run(two_kinds);
  const Record record = lot.records().at(100);
  CHECK(record.verdict == VerdictKind::pass);
  CHECK(*record.score == Approx(0.5));
  CHECK(record.stability);
}
