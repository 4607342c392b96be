// Where an environment has TensorFlow's C library, which serves models.
#pragma once

#include <string>

#include "base/file_system.h"

namespace mlengine::runtimes {

// Absolute; "" when the environment has none, as that of a TensorFlow before 2.12. `interpreter` is
// that of a venv, python_version "3.11.2".
std::string TensorFlowLibrary(FileSystem& files, const std::string& interpreter,
                              const std::string& python_version);

}  // namespace mlengine::runtimes
