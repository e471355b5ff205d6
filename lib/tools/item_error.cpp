#include "item_error.hpp"

#include <zeromiss/base/error.hpp>

#include <opencv2/core.hpp>

#include <exception>
#include <new>

namespace zeromiss {
namespace {

/// OpenCV ends its messages with a line end.
std::string without_line_end(std::string text) {
  text.erase(text.find_last_not_of("\r\n") + 1);
  return text;
}

}  // namespace

RecordError current_item_error() {
  const RecordError no_memory{"internal.memory", "not enough memory for this image"};
  try {
    throw;
  } catch (const ItemError& error) {
    return {error.code(), without_line_end(error.what())};
  } catch (const std::bad_alloc&) {
    return no_memory;
  } catch (const cv::Exception& error) {
    if (error.code == cv::Error::StsNoMem) return no_memory;
    return {"internal.exception", without_line_end(error.what())};
  } catch (const std::exception& error) {
    return {"internal.exception", without_line_end(error.what())};
  }
}

}  // namespace zeromiss
