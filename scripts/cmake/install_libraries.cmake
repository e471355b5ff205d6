# Part of cmake --install, after the tools (package.cmake sets the variables): copies every library that they need, but
# glibc's, to lib/, and writes down whose they are. Copies, never links: so the folder can be kept on any file system.
cmake_minimum_required(VERSION 3.25)  # this is a script: its policies are its own
set(root "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}")
set(left_out "^(ld-linux.*|libc|libm|libmvec|libdl|libpthread|librt|libutil|libresolv|libanl)[.]so")
set(libtorch "")
if(NOT torch_dir STREQUAL "/usr")
  # By its real path: CMake resolves the .. of its RPATH on paper, and .deps/torch is a link.
  set(libtorch "${torch_dir}/lib/libtorch_cpu.so" "${torch_dir}/lib/libc10.so")
  list(APPEND left_out "^libtorch_cpu[.]so$" "^libc10[.]so$")
endif()
file(GET_RUNTIME_DEPENDENCIES EXECUTABLES ${tools} LIBRARIES ${libtorch} PRE_EXCLUDE_REGEXES ${left_out}
  RESOLVED_DEPENDENCIES_VAR libraries UNRESOLVED_DEPENDENCIES_VAR missing)
if(missing)
  message(FATAL_ERROR "libraries that the tools need were not found: ${missing}")
endif()

# The libraries of a PyTorch wheel find each other by their places (torch/lib, nvidia/…/lib), which they keep.
cmake_path(GET torch_dir PARENT_PATH torch_site)
function(place_of library source result)
  cmake_path(GET library FILENAME name)
  cmake_path(IS_PREFIX torch_dir "${source}" in_torch)
  cmake_path(IS_PREFIX torch_site "${source}" in_site)
  if(torch_dir STREQUAL "/usr" OR NOT in_site)
    set(place "lib/${name}")
  elseif(in_torch)
    set(place "lib/torch/lib/${name}")
  else()
    cmake_path(GET source PARENT_PATH folder)
    cmake_path(RELATIVE_PATH folder BASE_DIRECTORY "${torch_site}")
    set(place "lib/${folder}/${name}")
  endif()
  set(${result} "${place}" PARENT_SCOPE)
endfunction()

set(list "")
foreach(library IN LISTS libraries libtorch)
  file(REAL_PATH "${library}" source)
  place_of("${library}" "${source}" place)
  cmake_path(GET library FILENAME name)
  if("${build_dir}/stand-ins/${name}" IN_LIST stand_ins)
    set(source "${build_dir}/stand-ins/${name}")
    string(REGEX REPLACE "^lib/.*/" "lib/torch/lib/" place "${place}")  # the real one, in lib/nvidia, wins
  endif()
  cmake_path(GET place PARENT_PATH folder)
  file(MAKE_DIRECTORY "${root}/${folder}")
  file(COPY_FILE "${source}" "${root}/${place}")
  file(CHMOD "${root}/${place}" PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
  if(CMAKE_INSTALL_DO_STRIP AND NOT place MATCHES "/nvidia/")  # NVIDIA's may be passed on unchanged only
    execute_process(COMMAND "${strip}" --strip-unneeded "${root}/${place}" COMMAND_ERROR_IS_FATAL ANY)
  endif()
  string(APPEND list "${place}\t${source}\n")
endforeach()

file(WRITE "${build_dir}/packaged-libraries.txt" "${list}")
execute_process(COMMAND "${python}" "${scripts_dir}/third_party.py" --root "${root}" --build "${build_dir}"
  --libraries "${build_dir}/packaged-libraries.txt" --torch "${torch_dir}" --compiled-in "${chart_js}"
  COMMAND_ERROR_IS_FATAL ANY)
