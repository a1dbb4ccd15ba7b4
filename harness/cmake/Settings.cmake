# What every target is built with: C++20, warnings, sanitizers, ccache.
option(CRIB_TESTS "build the tests" ON)
option(CRIB_WERROR "warnings are errors" ON)
set(CRIB_SANITIZE "" CACHE STRING "sanitizers, e.g. address,undefined or thread")
option(CRIB_PRECOMPILE "read the headers that most files include only once" ON)
option(CRIB_COVERAGE "measure which lines the tests run" OFF)

set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
find_program(CRIB_CCACHE ccache)
if(CRIB_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CRIB_CCACHE})
endif()

add_library(crib_settings INTERFACE)
add_library(crib::settings ALIAS crib_settings)
target_compile_features(crib_settings INTERFACE cxx_std_20)
target_include_directories(crib_settings INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(crib_settings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor
  $<$<BOOL:${CRIB_WERROR}>:-Werror>)
if(CRIB_SANITIZE)
  # GCC 12 takes members of std::regex for uninitialized when it instruments them; the release build warns rightly.
  target_compile_options(crib_settings INTERFACE
    -fsanitize=${CRIB_SANITIZE} -fno-omit-frame-pointer -Wno-maybe-uninitialized)
  target_link_options(crib_settings INTERFACE -fsanitize=${CRIB_SANITIZE})
endif()
if(CRIB_COVERAGE)
  target_compile_options(crib_settings INTERFACE --coverage)
  target_link_options(crib_settings INTERFACE --coverage)
endif()
set(CMAKE_CXX_EXTENSIONS OFF)
if(CRIB_PRECOMPILE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # So that ccache knows what a precompiled header holds; and without the warnings that GCC 12 gives of the standard
  # library's own strings once it has them from there (https://gcc.gnu.org/bugzilla/show_bug.cgi?id=105329 is of the kind).
  target_compile_options(crib_settings INTERFACE -fpch-preprocess -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow
    -Wno-stringop-overread)
endif()
find_package(Threads REQUIRED)
target_link_libraries(crib_settings INTERFACE Threads::Threads)
target_compile_options(crib_settings INTERFACE -pthread)  # as some libraries ask for: precompiled headers fit no other flags
