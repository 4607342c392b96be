#include "runtimes/tensorflow_library.h"

namespace mlengine::runtimes {

std::string TensorFlowLibrary(FileSystem& files, const std::string& interpreter,
                              const std::string& python_version) {
  const std::string minor = python_version.substr(0, python_version.rfind('.'));
  const std::string library =
      JoinPath(ParentPath(ParentPath(interpreter)),
               "lib/python" + minor + "/site-packages/tensorflow/libtensorflow_cc.so.2");
  return files.Stat(library).ok() ? library : "";
}

}  // namespace mlengine::runtimes
