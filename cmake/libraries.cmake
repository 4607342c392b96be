# The outside libraries, all from Debian packages (docs/adr gives the reason for each). A room names the
# ones it wraps in its own CMakeLists.txt; nothing here is linked by default.
option(MLENGINE_TESTS "Build the rooms' tests" OFF)
option(MLENGINE_STATIC_RUNNER "Link mlengine-runner fully static" OFF)
option(MLENGINE_CRASH_POINTS "Let tests hurt the programs at named points (base/crash_point.h)" OFF)
option(MLENGINE_FUZZ "Build the fuzzing targets (fuzz/), and of the rest only what they need" OFF)
set(MLENGINE_SANITIZER "" CACHE STRING "Value for -fsanitize")

# Static where the product links them: mlengine-runner must stand alone, and a static command line starts faster.
set(Protobuf_USE_STATIC_LIBS ON)
set(OPENSSL_USE_STATIC_LIBS ON)

find_package(Protobuf 3.21 REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(yaml-cpp REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(LibArchive REQUIRED)
find_package(ZLIB REQUIRED)
find_package(CLI11 REQUIRED)
if(MLENGINE_TESTS)
  find_package(GTest REQUIRED)
endif()

# Our own code's rules; applied by mlengine_room and to apps, not to generated code.
add_library(mlengine_warnings INTERFACE)
target_compile_options(mlengine_warnings INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wthread-safety -Werror)

add_library(mlengine_build INTERFACE)
if(MLENGINE_SANITIZER)
  target_compile_options(mlengine_build INTERFACE
    -fsanitize=${MLENGINE_SANITIZER} -fno-sanitize-recover=all)
  target_link_options(mlengine_build INTERFACE -fsanitize=${MLENGINE_SANITIZER})
endif()
if(MLENGINE_FUZZ)
  # Our own code tells libFuzzer which edges it takes; the main function comes with the targets.
  target_compile_options(mlengine_build INTERFACE -fsanitize=fuzzer-no-link)
endif()
