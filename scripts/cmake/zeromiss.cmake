# The project's own CMake vocabulary: one function per kind of target.

add_library(zeromiss_warnings INTERFACE)
target_compile_options(zeromiss_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
  -Wnon-virtual-dtor -Woverloaded-virtual -Wold-style-cast)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(zeromiss_warnings INTERFACE -Wno-restrict)  # GCC bug 105651: false for std::string "x" + s
endif()
if(ZEROMISS_WARNINGS_AS_ERRORS)
  target_compile_options(zeromiss_warnings INTERFACE -Werror)
endif()
if(ZEROMISS_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
elseif(ZEROMISS_SANITIZE)
  # GCC takes the sanitizers' own checks for reads of what is not initialized (its manual, -fsanitize=thread; bug 105562).
  add_compile_options(-fsanitize=${ZEROMISS_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_compile_options(zeromiss_warnings INTERFACE -Wno-maybe-uninitialized)
  add_link_options(-fsanitize=${ZEROMISS_SANITIZE})
endif()
# Libraries of a room that a tool does not use are not loaded at its start (evaluate stays quick).
add_link_options(-Wl,--as-needed)

# find_package with the one sentence that helps.
macro(zeromiss_require name)
  find_package(${name} QUIET)
  if(NOT ${name}_FOUND)
    message(FATAL_ERROR "zeromiss needs ${name}, which was not found: run scripts/setup.sh")
  endif()
endmacro()

# OpenVINO is optional: where it was asked for (-DOpenVINO_DIR) it must be there, else what
# scripts/setup.sh --openvino unpacked is taken, or nothing.
macro(zeromiss_find_openvino)
  set(zeromiss_openvino "${PROJECT_SOURCE_DIR}/.deps/openvino/cmake")
  if(OpenVINO_DIR)
    find_package(OpenVINO REQUIRED COMPONENTS Runtime)
  elseif(EXISTS "${zeromiss_openvino}/OpenVINOConfig.cmake")
    find_package(OpenVINO REQUIRED COMPONENTS Runtime PATHS "${zeromiss_openvino}" NO_DEFAULT_PATH)
    set(OpenVINO_DIR "" CACHE PATH "" FORCE)  # so that it may go again
  endif()
  if(OpenVINO_FOUND)
    message(STATUS "OpenVINO ${OpenVINO_VERSION}")
    # Its package sets this for everybody; our default is the same, and so is that of its target.
    remove_definitions(-D_GLIBCXX_USE_CXX11_ABI=${OpenVINO_GLIBCXX_USE_CXX11_ABI})
    # Its oneTBB lies beside it; the one in the process is the system's, which the tools have loaded before.
    set_target_properties(openvino::runtime PROPERTIES IMPORTED_LINK_DEPENDENT_LIBRARIES_RELEASE "")
  endif()
endmacro()

# One room of lib/: zeromiss_room(base SOURCES a.cpp LINKS fmt::fmt PRIVATE_LINKS x).
# LINKS are visible to users of the room, PRIVATE_LINKS are not. Public headers: include/zeromiss/<name>/*.hpp.
function(zeromiss_room name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  set(target zeromiss_${name})
  add_library(${target} STATIC ${ARG_SOURCES})
  add_library(zeromiss::${name} ALIAS ${target})
  file(GLOB headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/include/zeromiss/${name}/*.hpp")
  target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/include" FILES ${headers})
  target_link_libraries(${target} PUBLIC ${ARG_LINKS} PRIVATE ${ARG_PRIVATE_LINKS} zeromiss_warnings)
endfunction()

# One program of apps/, <name>.cpp and SOURCES: zeromiss_tool(inspect LINKS zeromiss::tools).
function(zeromiss_tool name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${name}.cpp ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINKS} zeromiss_warnings)
  # A tool takes its libraries from the folder beside it (package.cmake) before any other: the older tag (DT_RPATH) holds for
  # the libraries' own libraries, too, and wins over LD_LIBRARY_PATH. The same in the build, where lib/torch/lib is a link: CMake
  # would leave room for another path by colons at the end, and to the loader an empty entry is the current folder.
  target_link_options(${name} PRIVATE LINKER:--disable-new-dtags)
  set_target_properties(${name} PROPERTIES BUILD_WITH_INSTALL_RPATH ON
    INSTALL_RPATH "$ORIGIN/../lib:$ORIGIN/../lib/torch/lib")
  install(TARGETS ${name} RUNTIME DESTINATION bin)
endfunction()

# One Catch2 program: zeromiss_test(unit_base LABEL unit SOURCES a_test.cpp LINKS zeromiss::base).
# Every TEST_CASE becomes a ctest test named <name>.<test case>.
function(zeromiss_test name)
  cmake_parse_arguments(ARG "" "LABEL" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
  target_compile_definitions(${name} PRIVATE
    ZEROMISS_SOURCE_DIR="${PROJECT_SOURCE_DIR}" ZEROMISS_SHARED_DIR="${PROJECT_SOURCE_DIR}/../shared")
  target_link_libraries(${name} PRIVATE ${ARG_LINKS} Catch2::Catch2WithMain zeromiss_warnings)
  catch_discover_tests(${name} TEST_PREFIX "${name}." DISCOVERY_MODE PRE_TEST PROPERTIES LABELS "${ARG_LABEL}")
endfunction()

# A test that says that it was skipped, and why: zeromiss_skipped(engine.openvino "needs OpenVINO").
function(zeromiss_skipped name reason)
  add_test(NAME ${name} COMMAND sh -c "echo 'SKIPPED: ${reason}'; exit 77")
  set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77)
endfunction()
