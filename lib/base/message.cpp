#include <zeromiss/base/message.hpp>

#include <cstdio>

namespace zeromiss {

void print_message(std::string_view text) noexcept {
  // What could not be written is lost: there is no other place to say so.
  if (std::fwrite(text.data(), 1, text.size(), stderr) == text.size()) std::fflush(stderr);
  std::clearerr(stderr);
}

}  // namespace zeromiss
