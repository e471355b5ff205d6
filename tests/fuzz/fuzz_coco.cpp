// Any bytes: COCO labels and results are taken or refused with an Error, never more; and what the
// quick reader of results takes, the strict one takes too and finds the same in it.

#include <zeromiss/base/error.hpp>
#include <zeromiss/dataset/coco.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>

namespace {

using Read = zeromiss::FoundObjects (*)(std::string_view, const std::string&,
                                        const zeromiss::ObjectTruth&);

/// No value when the text is refused; anything but an Error ends the run.
std::optional<zeromiss::FoundObjects> found(Read read, std::string_view text) {
  zeromiss::ObjectTruth truth;
  truth.images = {{"a", 1, 8, 8}, {"b", 2, 8, 8}};
  truth.classes = {"dent"};
  truth.class_ids = {1};
  try {
    return read(text, "f", truth);
  } catch (const zeromiss::Error&) {
    return std::nullopt;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto quick = found(zeromiss::parse_coco_results, text);
  const auto strict = found(zeromiss::parse_coco_results_strictly, text);
  if (quick.has_value() != strict.has_value()) std::abort();
  if (quick && quick->objects != strict->objects) std::abort();
  try {
    static_cast<void>(zeromiss::parse_coco_truth(text, "f"));
  } catch (const zeromiss::Error&) {
    // The expected answer to most inputs.
  }
  return 0;
}
