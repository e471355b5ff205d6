#include "golden.hpp"
#include "support/catch.hpp"

#include <zeromiss/image/profile.hpp>

using namespace zeromiss;

namespace {

Profile profile(const char* kind, int width, int height, int channels) {
  return profile_of({test::draw(kind, width, height, channels), ImageFormat::png, false});
}

void check(const Profile& found, const Profile& expected) {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(kProfileNames[i]);
    CHECK(found[i] == Approx(expected[i]).epsilon(1e-9));
  }
}

}  // namespace

// Expected: NumPy's mean, std and var of Pillow's L, of cv2.Laplacian(L, cv2.CV_64F, ksize=1), and
// of cv2.COLOR_RGB2Lab (OpenCV 4.10), for the same pictures.
TEST_CASE("a picture's profile is NumPy's and OpenCV's", "[profile]") {
  check(profile("mixed", 41, 33, 3), {41, 33, 130.4589800443459, 30.767107600814132,
                                      2951.3732359012765, 123.87509238728751, 110.44641537324465});
  check(profile("noise", 64, 1100, 3),  // more rows than are worked on at once
        {64, 1100, 127.77444602272728, 49.38009344102384, 48998.397162806694, 134.87936079545455,
         131.76321022727274});
  check(profile("noise", 20, 17, 1),
        {20, 17, 127.28529411764706, 77.03118784871543, 145092.1146712803, 128, 128});
  check(profile("extreme", 1, 1, 3), {1, 1, 0, 0, 0, 128, 128});
}
