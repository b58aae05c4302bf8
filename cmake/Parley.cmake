# How every target of Parley is compiled and linked. One folder is one static library.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(PARLEY_CCACHE ccache)
if(PARLEY_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${PARLEY_CCACHE}")
endif()

find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(Protobuf 3.21 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(LIBUV REQUIRED IMPORTED_TARGET libuv)
pkg_check_modules(LIBSRTP REQUIRED IMPORTED_TARGET libsrtp2)
# Intel's multi-buffer library exists for x86-64 alone; elsewhere AES-GCM is OpenSSL's.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|AMD64)$")
  set(PARLEY_MULTI_BUFFER_DEFAULT ON)
else()
  set(PARLEY_MULTI_BUFFER_DEFAULT OFF)
endif()
option(PARLEY_MULTI_BUFFER "AES-GCM by libipsec-mb (x86-64 only)" ${PARLEY_MULTI_BUFFER_DEFAULT})
if(PARLEY_MULTI_BUFFER)
  find_path(IPSEC_MB_INCLUDE intel-ipsec-mb.h REQUIRED)
  find_library(IPSEC_MB_LIBRARY IPSec_MB REQUIRED)
endif()
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(PQ REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)
pkg_check_modules(OPUS REQUIRED IMPORTED_TARGET opus)
pkg_check_modules(OGG REQUIRED IMPORTED_TARGET ogg)
pkg_check_modules(LWS REQUIRED IMPORTED_TARGET libwebsockets)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(prometheus-cpp REQUIRED)

add_library(parley_flags INTERFACE)
target_compile_options(parley_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
target_include_directories(parley_flags INTERFACE "${CMAKE_SOURCE_DIR}")
if(PARLEY_SANITIZE)
  target_compile_options(parley_flags INTERFACE
    "-fsanitize=${PARLEY_SANITIZE}" -fno-sanitize-recover=all -fno-omit-frame-pointer -O1
    -g1) # lines are what a report needs; the rest takes a fifth of the compiler's time
  target_link_options(parley_flags INTERFACE "-fsanitize=${PARLEY_SANITIZE}")
endif()
if(PARLEY_FUZZ)
  target_compile_options(parley_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(PARLEY_HARDENING)
  target_compile_options(parley_flags INTERFACE
    -fstack-protector-strong -fstack-clash-protection -fcf-protection -D_FORTIFY_SOURCE=2
    -D_GLIBCXX_ASSERTIONS)
  target_link_options(parley_flags INTERFACE -Wl,-z,relro,-z,now -pie)
endif()

# parley_library(NAME SOURCES a.cpp ... LINK dep ...): the static library of the current folder.
function(parley_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC parley_flags ${ARG_LINK})
endfunction()

# parley_program(NAME SOURCES main.cpp ... LINK dep ...): an executable, placed in build/<preset>/bin.
function(parley_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE parley_flags ${ARG_LINK})
  target_compile_definitions(${name} PRIVATE PARLEY_VERSION="${PROJECT_VERSION}")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
endfunction()

# parley_test(NAME SOURCES x_test.cpp ... LINK dep ...): a GoogleTest executable in
# build/<preset>/tests, run by scripts/test. Not built in the fuzz preset.
function(parley_test name)
  if(NOT PARLEY_TESTS OR PARLEY_FUZZ)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  find_package(GTest REQUIRED)
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE parley_flags ${ARG_LINK} GTest::gmock GTest::gtest_main)
  if(PARLEY_SANITIZE)
    # A test is compiled longer than it runs.
    set_source_files_properties(${ARG_SOURCES} PROPERTIES COMPILE_OPTIONS -O0)
  endif()
  target_compile_definitions(${name} PRIVATE PARLEY_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
  add_test(NAME ${name} COMMAND ${name})
endfunction()

# parley_fuzz(NAME SOURCES fuzz_x.cpp LINK dep ... CORPUS dir): one parser's fuzz target.
# With the fuzz preset it is a libFuzzer executable in build/fuzz/fuzz. In every other preset the
# same entry point is linked with tests/fuzz/replay_main.cpp and replays its corpus.
function(parley_fuzz name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  if(PARLEY_FUZZ)
    add_executable(${name} ${ARG_SOURCES})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  else()
    add_executable(${name} ${ARG_SOURCES} "${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.cpp")
  endif()
  target_link_libraries(${name} PRIVATE parley_flags ${ARG_LINK})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/fuzz")
endfunction()
