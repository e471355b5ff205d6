// Any bytes as a list of hashes: entries whose hashes are hashes, or an Error.

#include <zeromiss/base/error.hpp>
#include <zeromiss/dataset/hash_list.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const auto list = zeromiss::HashList::parse(text, "list");
    if (list.entries().empty()) std::abort();
    for (const auto& [path, hash] : list.entries()) {
      const bool hexadecimal = hash.find_first_not_of("0123456789abcdef") == std::string::npos;
      if (path.empty() || hash.size() != 64 || !hexadecimal) std::abort();
      if (list.find(path) == nullptr) std::abort();
    }
  } catch (const zeromiss::Error&) {
    // The expected answer to most inputs; anything else ends the run.
  }
  return 0;
}
