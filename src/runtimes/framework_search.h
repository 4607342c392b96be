// Which environments have a package.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "runtimes/runtime_store.h"

namespace mlengine::runtimes {

struct FrameworkPackage {
  std::string_view distribution;  // "scikit-learn"
  std::string_view module;        // "sklearn"
};

// Those of `installed` that have it. An environment that is a venv is looked at; any other
// interpreter is run once, some tens of milliseconds.
std::vector<InstalledRuntime> HavingPackage(FileSystem& files,
                                            const std::vector<InstalledRuntime>& installed,
                                            const FrameworkPackage& package);

}  // namespace mlengine::runtimes
