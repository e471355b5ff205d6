# What cmake --install copies, and CPack packs (scripts/package.sh): one folder that runs on any Linux with the glibc of this
# machine or a newer one, wherever it lies, with no other package installed.
#   bin/  lib/ (found by the tools' RPATH)  data/  apps/  scripts/  licenses/  README.md  THIRD_PARTY.md  demo.sh
find_package(Python3 REQUIRED COMPONENTS Interpreter)
get_filename_component(package_torch "${ZEROMISS_TORCH_DIR}" REALPATH)
if(NOT package_torch STREQUAL "/usr")  # where the tools look for it
  file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/lib/torch")
  file(CREATE_LINK "${package_torch}/lib" "${PROJECT_BINARY_DIR}/lib/torch/lib" SYMBOLIC)
endif()

# A library of our own under the name of one that is linked with, but never called, and whose licence does not fit.
function(zeromiss_stand_in soname source)
  string(REGEX MATCH "^lib([^.]+)[.]so[.]([0-9]+)$" matched "${soname}")
  set(target stand_in_${CMAKE_MATCH_1})
  add_library(${target} SHARED "${PROJECT_SOURCE_DIR}/scripts/package/${source}")
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${CMAKE_MATCH_1} SOVERSION ${CMAKE_MATCH_2}
    LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/stand-ins")
  # NVIDIA's functions have their library's name as their version; libjbig's have none.
  if(soname MATCHES "^libcu")
    set(versions "${PROJECT_BINARY_DIR}/stand-ins/${soname}.map")
    file(CONFIGURE OUTPUT "${versions}" CONTENT "${soname} { global: *; };\n")
    target_link_options(${target} PRIVATE "LINKER:--version-script=${versions}")
  endif()
  target_link_libraries(${target} PRIVATE zeromiss_warnings)
  set_property(GLOBAL APPEND PROPERTY zeromiss_stand_ins "${PROJECT_BINARY_DIR}/stand-ins/${soname}")
  add_dependencies(package_parts ${target})
endfunction()

# Everything that scripts/package.sh has to build.
add_custom_target(package_parts)
add_dependencies(package_parts inspect evaluate benchmark)

zeromiss_stand_in(libjbig.so.0 no_jbig.cpp)
get_target_property(libtorch LibTorch::LibTorch IMPORTED_LOCATION)
execute_process(COMMAND "${CMAKE_OBJDUMP}" -p "${libtorch}" OUTPUT_VARIABLE libtorch_header COMMAND_ERROR_IS_FATAL ANY)
foreach(library cudart cupti)
  # A LibTorch with its CUDA libraries is for PCs with a GPU: there the real ones are right.
  if(libtorch_header MATCHES "NEEDED +(lib${library}[.]so[.][0-9]+)" AND NOT EXISTS "${package_torch}/lib/libtorch_cuda.so")
    zeromiss_stand_in(${CMAKE_MATCH_1} no_${library}.cpp)
  endif()
endforeach()

# apps/ installs the tools themselves.
install(DIRECTORY data/models data/samples DESTINATION data)
install(DIRECTORY scripts/cluster scripts/systemd DESTINATION scripts USE_SOURCE_PERMISSIONS
  PATTERN "test_slurm.sh" EXCLUDE)
install(FILES apps/README.md DESTINATION apps)
install(FILES LICENSE SECURITY.md scripts/package/README.md DESTINATION .)
install(PROGRAMS scripts/package/demo.sh DESTINATION .)

get_property(package_stand_ins GLOBAL PROPERTY zeromiss_stand_ins)
install(CODE "
  set(tools \"$<TARGET_FILE:inspect>;$<TARGET_FILE:evaluate>;$<TARGET_FILE:benchmark>\")
  set(stand_ins \"${package_stand_ins}\")
  set(torch_dir \"${package_torch}\")
  set(build_dir \"${PROJECT_BINARY_DIR}\")
  set(chart_js \"${ZEROMISS_CHART_JS}\")
  set(python \"${Python3_EXECUTABLE}\")
  set(strip \"${CMAKE_STRIP}\")
  set(CMAKE_OBJDUMP \"${CMAKE_OBJDUMP}\")
  set(scripts_dir \"${PROJECT_SOURCE_DIR}/scripts/package\")")
install(SCRIPT scripts/cmake/install_libraries.cmake)

set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)  # the tests need not be built
set(CPACK_GENERATOR TGZ)  # what a bare Debian can unpack: it has gzip, but neither xz nor zstd
set(CPACK_PACKAGE_FILE_NAME "zeromiss-${PROJECT_VERSION}-linux-${CMAKE_SYSTEM_PROCESSOR}")
set(CPACK_PACKAGE_CHECKSUM SHA256)
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)
include(CPack)
