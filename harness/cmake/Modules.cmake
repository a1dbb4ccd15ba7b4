# Half of a file's compilation is the standard library's headers: they are read once for all modules, and once with
# GoogleTest's for all tests. Preset dev goes without, and so finds the file that forgets an include.
set(CRIB_STANDARD_HEADERS
  <algorithm> <atomic> <chrono> <condition_variable> <filesystem> <functional> <map> <memory> <mutex> <optional> <set>
  <stdexcept> <stop_token> <string> <string_view> <thread> <utility> <variant> <vector>)
# What is precompiled must not know of any library's definitions: the compiler refuses it where one of them is missing.
# So it is made by a target of its own, crib_NAME_headers, and the others reuse it.
function(crib_precompile_headers name)
  cmake_parse_arguments(ARG "" "" "HEADERS;LIBRARIES" ${ARGN})
  if(CRIB_PRECOMPILE)
    file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${name}_headers.cpp CONTENT "")
    add_library(crib_${name}_headers OBJECT ${CMAKE_CURRENT_BINARY_DIR}/${name}_headers.cpp)
    target_link_libraries(crib_${name}_headers PRIVATE crib::settings ${ARG_LIBRARIES})
    target_precompile_headers(crib_${name}_headers PRIVATE ${ARG_HEADERS})
  endif()
endfunction()
function(crib_reuse_headers target name)
  if(CRIB_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM crib_${name}_headers)
  endif()
endfunction()

# crib_add_module(NAME SOURCES a.cpp ... [USES module ...] [PRIVATE library ...])
# One folder = one module = one static library crib::NAME. USES are other modules, whose public
# headers this module's may include; PRIVATE are third-party libraries, which stay in .cpp files.
function(crib_add_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES;PRIVATE" ${ARGN})
  add_library(crib_${name} STATIC ${ARG_SOURCES})
  add_library(crib::${name} ALIAS crib_${name})
  target_link_libraries(crib_${name} PUBLIC crib::settings)
  foreach(module IN LISTS ARG_USES)
    target_link_libraries(crib_${name} PUBLIC crib::${module})
  endforeach()
  target_link_libraries(crib_${name} PRIVATE ${ARG_PRIVATE})
  crib_reuse_headers(crib_${name} module)
endfunction()

# crib_add_test(NAME LABEL unit|contract|integration|hostile|vm|soak|matrix SOURCES a_test.cpp ... [USES module ...]
#               [PRIVATE library ...] [TIMEOUT seconds])
# One GoogleTest program; each of its tests is a CTest test with that label.
include(GoogleTest)
function(crib_add_test name)
  cmake_parse_arguments(ARG "" "LABEL;TIMEOUT" "SOURCES;USES;PRIVATE" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 60)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  foreach(module IN LISTS ARG_USES)
    target_link_libraries(${name} PRIVATE crib::${module})
  endforeach()
  target_link_libraries(${name} PRIVATE crib::settings ${ARG_PRIVATE} GTest::gmock GTest::gtest_main)
  crib_reuse_headers(${name} test)
  target_compile_definitions(${name} PRIVATE CRIB_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  gtest_discover_tests(${name} TEST_PREFIX "${ARG_LABEL}/" DISCOVERY_TIMEOUT 60
    PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT})
endfunction()
