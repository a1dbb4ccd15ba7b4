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
  target_compile_definitions(${name} PRIVATE CRIB_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  gtest_discover_tests(${name} TEST_PREFIX "${ARG_LABEL}/" DISCOVERY_TIMEOUT 60
    PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT})
endfunction()
