#include "runtimes/framework_search.h"

#include <chrono>

#include "base/process.h"
#include "runtimes/held_distributions.h"
#include "runtimes/python_probe.h"

namespace mlengine::runtimes {
namespace {

constexpr std::chrono::seconds kAnswerWithin{20};

// Runs on Python 2 too.
constexpr char kFindScript[] =
    "import pkgutil, sys\n"
    "try:\n"
    "    from importlib.util import find_spec as find\n"
    "except ImportError:\n"
    "    find = pkgutil.find_loader\n"
    "sys.exit(0 if find(sys.argv[1]) else 1)\n";

bool CanImport(const std::string& interpreter, std::string_view module) {
  ProcessSpec spec;
  spec.words = {interpreter, "-E", "-s", "-c", kFindScript, std::string(module)};
  spec.folder = "/";
  spec.environment = CleanPythonEnvironment();
  const Result<ProcessOutput> done = RunProcess(std::move(spec), kAnswerWithin);
  return done.ok() && done->end.ok();
}

bool Has(FileSystem& files, const InstalledRuntime& runtime, const FrameworkPackage& package) {
  const auto held = HeldDistributions(files, runtime.interpreter, runtime.python_version);
  if (held.empty()) return CanImport(runtime.interpreter, package.module);
  return held.contains(package.distribution);
}

}  // namespace

std::vector<InstalledRuntime> HavingPackage(FileSystem& files,
                                            const std::vector<InstalledRuntime>& installed,
                                            const FrameworkPackage& package) {
  std::vector<InstalledRuntime> having;
  for (const InstalledRuntime& runtime : installed) {
    if (Has(files, runtime, package)) having.push_back(runtime);
  }
  return having;
}

}  // namespace mlengine::runtimes
