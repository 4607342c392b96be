// What an unpacked package is: plain Python that runs from where it lies, or something that must be
// installed by pip first. Reads the unpacked files only; runs nothing of them.
#pragma once

#include <string>
#include <vector>

#include "base/file_system.h"

namespace mlengine::runner {

struct PackageShape {
  // Folder to put on PYTHONPATH; only when pip_reason is empty.
  std::string root;
  // What the package asks for, one requirement each, as pip reads them; "python>=3.6" for the
  // Python itself.
  std::vector<std::string> requirements;
  // Why pip must install it ("its setup.py has ext_modules"); empty for plain Python.
  std::string pip_reason;
};

// `tree` holds the unpacked archive `name` ("trainer-0.0.0.tar.gz" or a wheel).
Result<PackageShape> ReadPackageShape(FileSystem& files, const std::string& tree,
                                      const std::string& name);

}  // namespace mlengine::runner
