# The allocator of gperftools, without its profilers (Debian's package brings pkg-config only): target tcmalloc::minimal.
find_library(Tcmalloc_LIBRARY tcmalloc_minimal)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Tcmalloc REQUIRED_VARS Tcmalloc_LIBRARY)
if(Tcmalloc_FOUND AND NOT TARGET tcmalloc::minimal)
  add_library(tcmalloc::minimal UNKNOWN IMPORTED)
  set_target_properties(tcmalloc::minimal PROPERTIES IMPORTED_LOCATION "${Tcmalloc_LIBRARY}")
endif()
