# LibTorch as one imported target, LibTorch::LibTorch, from ZEROMISS_TORCH_DIR, which may be
#   .../site-packages/torch   a PyTorch wheel, CPU or CUDA (also what scripts/setup.sh unpacks)
#   .../libtorch              an unpacked LibTorch archive
#   /usr                      Debian's libtorch-dev
# find_package(Torch) is not used: a CUDA wheel's TorchConfig.cmake fails without that very CUDA
# toolkit, and we compile no CUDA code. libtorch_cuda.so is opened at run time, never linked.

function(libtorch_read_version include_dir result)
  # 2.9 moved the numbers to the first of these; before, they were in the second.
  foreach(file torch/headeronly/version.h torch/csrc/api/include/torch/version.h)
    if(EXISTS "${include_dir}/${file}")
      file(STRINGS "${include_dir}/${file}" lines REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) [0-9]+")
      list(TRANSFORM lines REPLACE ".* " "")
      list(LENGTH lines count)
      if(count EQUAL 3)
        list(JOIN lines "." version)
        set(${result} "${version}" PARENT_SCOPE)
        return()
      endif()
    endif()
  endforeach()
endfunction()

set(LibTorch_INCLUDE_DIR "${ZEROMISS_TORCH_DIR}/include")
foreach(name torch_cpu c10)
  find_library(LibTorch_${name}_LIBRARY ${name} NO_DEFAULT_PATH NO_CACHE
    HINTS "${ZEROMISS_TORCH_DIR}/lib" "${ZEROMISS_TORCH_DIR}/lib/${CMAKE_LIBRARY_ARCHITECTURE}")
endforeach()
if(NOT EXISTS "${LibTorch_INCLUDE_DIR}/torch/script.h" OR NOT LibTorch_torch_cpu_LIBRARY OR NOT LibTorch_c10_LIBRARY)
  # Fatal here and not in the caller: this is the place that knows what was looked for.
  message(FATAL_ERROR "No LibTorch in ZEROMISS_TORCH_DIR=${ZEROMISS_TORCH_DIR} (expected include/torch/script.h, "
    "lib/libtorch_cpu.so and lib/libc10.so): run scripts/setup.sh, or scripts/setup.sh --system-libtorch and "
    "-DZEROMISS_TORCH_DIR=/usr, or give the folder of your own PyTorch (.../site-packages/torch)")
endif()

# Wheels before 2.7 use the C++ strings of GCC 4; OpenCV and everything else from Debian can't link with them.
file(STRINGS "${LibTorch_c10_LIBRARY}" LibTorch_new_strings REGEX "__cxx11" LIMIT_COUNT 1)
if(NOT LibTorch_new_strings)
  message(FATAL_ERROR "LibTorch in ${ZEROMISS_TORCH_DIR} was built with the old C++ ABI (_GLIBCXX_USE_CXX11_ABI=0): "
    "take PyTorch 2.7 or newer, a LibTorch archive named cxx11-abi, or run scripts/setup.sh")
endif()

libtorch_read_version("${LibTorch_INCLUDE_DIR}" LibTorch_VERSION)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch
  REQUIRED_VARS LibTorch_torch_cpu_LIBRARY LibTorch_c10_LIBRARY LibTorch_INCLUDE_DIR VERSION_VAR LibTorch_VERSION)

if(LibTorch_FOUND AND NOT TARGET LibTorch::LibTorch)
  message(STATUS "LibTorch ${LibTorch_VERSION} from ${ZEROMISS_TORCH_DIR}")
  # A wheel's include/ also holds its own fmt, protobuf and more, which would hide the system's (fmt 12
  # headers do not link with libfmt 9). So the compiler is shown LibTorch's own four folders only.
  set(LibTorch_headers "${PROJECT_BINARY_DIR}/libtorch-include")
  file(MAKE_DIRECTORY "${LibTorch_headers}")
  foreach(folder ATen c10 caffe2 torch)
    if(EXISTS "${LibTorch_INCLUDE_DIR}/${folder}")
      file(CREATE_LINK "${LibTorch_INCLUDE_DIR}/${folder}" "${LibTorch_headers}/${folder}" SYMBOLIC)
    endif()
  endforeach()
  # libcudart, libcupti and libgomp need no word from us: libtorch_cpu.so finds them by its own RPATH
  # ($ORIGIN/../../nvidia/cu13/lib and $ORIGIN), and CMake gives our programs the RPATH to libtorch_cpu.so.
  # GLOBAL: lib/model finds it, apps/ and tests/ link it.
  add_library(LibTorch::c10 SHARED IMPORTED GLOBAL)
  set_target_properties(LibTorch::c10 PROPERTIES IMPORTED_LOCATION "${LibTorch_c10_LIBRARY}")
  add_library(LibTorch::LibTorch SHARED IMPORTED GLOBAL)
  set_target_properties(LibTorch::LibTorch PROPERTIES
    IMPORTED_LOCATION "${LibTorch_torch_cpu_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${LibTorch_headers};${LibTorch_headers}/torch/csrc/api/include"
    INTERFACE_LINK_LIBRARIES LibTorch::c10)
endif()
