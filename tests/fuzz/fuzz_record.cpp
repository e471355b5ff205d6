// Any bytes: what the quick reader of a record's line takes, the strict one takes too, and finds
// the same in it.

#include <zeromiss/base/json.hpp>
#include <zeromiss/report/record.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>

namespace {

/// No value when the line is refused; anything but an Error ends the run.
template <class Read>
std::optional<std::string> line_of(const Read& read) {
  try {
    return zeromiss::record_line(read());
  } catch (const zeromiss::Error&) {
    return std::nullopt;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const auto quick =
      line_of([&] { return zeromiss::parse_record(line, "f", 1, zeromiss::ErrorKind::input); });
  const auto strict = line_of([&] {
    return zeromiss::parse_record(
        zeromiss::JsonDocument(line, "f:1", zeromiss::ErrorKind::input).root());
  });
  if (quick != strict) std::abort();
  return 0;
}
