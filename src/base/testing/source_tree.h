// Where a test finds the files of the repository that it reads: found from the test program's own
// place, so that the program's bytes do not depend on where the clone lies.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace mlengine {

// Absolute; ends the program when it does not lie within a clone.
inline std::string SourceTree() {
  namespace fs = std::filesystem;
  for (fs::path folder = fs::read_symlink("/proc/self/exe").parent_path();
       folder != folder.root_path(); folder = folder.parent_path()) {
    if (fs::exists(folder / "CMakePresets.json")) return folder.string();
  }
  std::abort();
}

}  // namespace mlengine
