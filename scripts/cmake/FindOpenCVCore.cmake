# OpenCV's core and imgproc as opencv::core and opencv::imgproc. OpenCVConfig.cmake comes only with
# Debian's libopencv-dev, which drags in 130 packages; these two modules have packages of their own.
find_path(OpenCVCore_INCLUDE_DIR opencv2/imgproc.hpp PATH_SUFFIXES opencv4)
find_library(OpenCVCore_core_LIBRARY opencv_core)
find_library(OpenCVCore_imgproc_LIBRARY opencv_imgproc)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OpenCVCore
  REQUIRED_VARS OpenCVCore_core_LIBRARY OpenCVCore_imgproc_LIBRARY OpenCVCore_INCLUDE_DIR)
if(OpenCVCore_FOUND AND NOT TARGET opencv::core)
  add_library(opencv::core UNKNOWN IMPORTED)
  set_target_properties(opencv::core PROPERTIES IMPORTED_LOCATION "${OpenCVCore_core_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${OpenCVCore_INCLUDE_DIR}")
  add_library(opencv::imgproc UNKNOWN IMPORTED)
  set_target_properties(opencv::imgproc PROPERTIES IMPORTED_LOCATION "${OpenCVCore_imgproc_LIBRARY}"
    INTERFACE_LINK_LIBRARIES opencv::core)
endif()
