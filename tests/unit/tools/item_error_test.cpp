#include "item_error.hpp"

#include "support/catch.hpp"

#include <zeromiss/base/error.hpp>

#include <opencv2/core.hpp>

#include <new>
#include <stdexcept>

using namespace zeromiss;

namespace {

template <class Exception>
RecordError error_of(const Exception& thrown) {
  try {
    throw thrown;
  } catch (const std::exception&) {
    return current_item_error();
  }
}

cv::Exception opencv(int code) { return {code, "failed", "allocate", "alloc.cpp", 73}; }

}  // namespace

TEST_CASE("what is thrown for an image is an error of that image", "[inspect][error]") {
  CHECK(error_of(ItemError("model.failed", "gray")).code == "model.failed");
  CHECK(error_of(ItemError("model.failed", "gray")).message == "gray");
  CHECK(error_of(std::bad_alloc()).code == "internal.memory");
  CHECK(error_of(std::logic_error("ours")).code == "internal.exception");
  CHECK(error_of(opencv(cv::Error::StsBadArg)).code == "internal.exception");
}

TEST_CASE("OpenCV's want of memory is no bug of ours", "[inspect][error]") {
  CHECK(error_of(opencv(cv::Error::StsNoMem)).code == "internal.memory");
}

TEST_CASE("the message of an error ends without a line end", "[inspect][error]") {
  REQUIRE(std::string(opencv(cv::Error::StsBadArg).what()).back() == '\n');
  CHECK(error_of(opencv(cv::Error::StsBadArg)).message.back() != '\n');
  CHECK(error_of(ItemError("model.failed", "gray\r\n")).message == "gray");
}
