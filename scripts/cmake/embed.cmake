# cmake -D OUT=assets.cpp -D "ASSETS=kName=/file;kOther=/file" -P embed.cmake
# Turns text files into string constants of namespace zeromiss::assets (declared in lib/report/assets.hpp).
set(code "#include \"assets.hpp\"\n\nnamespace zeromiss::assets {\n")
foreach(asset IN LISTS ASSETS)
  string(REGEX MATCH "^([^=]+)=(.*)$" matched "${asset}")
  set(name "${CMAKE_MATCH_1}")
  set(file "${CMAKE_MATCH_2}")
  file(READ "${file}" text)
  # Either would end the raw string or the <script> element that the text goes into.
  string(FIND "${text}" ")zm_asset\"" ends_string)
  string(TOLOWER "${text}" lower)
  string(FIND "${lower}" "</script" ends_script)
  if(NOT ends_string EQUAL -1 OR (NOT ends_script EQUAL -1 AND file MATCHES "\\.js$"))
    message(FATAL_ERROR "${file} cannot be embedded: it contains )zm_asset\" or </script")
  endif()
  string(APPEND code "const std::string_view ${name} = R\"zm_asset(${text})zm_asset\";\n")
endforeach()
string(APPEND code "}  // namespace zeromiss::assets\n")
file(WRITE "${OUT}" "${code}")
