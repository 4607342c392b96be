#include "insight/cause_rule.h"

namespace mlengine::insight {
namespace {

using enum CauseKind;

// What pip says last is most often only that it gives up, so the reasons come first.
constexpr CauseRule kRules[] = {
    {kDiskFull, "No space left on device", "The disk was full while pip installed.",
     "Free some space."},
    {kPipOtherPython, "Package '{package}' requires a different Python: {have} not in '{want}'",
     "{package} needs Python {want}, and the runtime has {have}.",
     "Choose another --python-version, or a version of {package} for it."},
    {kPipUnreachable, "Failed to establish a new connection: {what}'",
     "pip could not reach the package index: {what}.",
     "Look at this machine's way to the index, or stage the packages with --packages."},
    {kPipUnreachable, "Temporary failure in name resolution",
     "pip could not reach the package index.",
     "Look at this machine's way to the index, or stage the packages with --packages."},
    {kPipConflict, "ERROR: ResolutionImpossible: {rest}",
     "What is asked for excludes itself: no "
     "versions meet all requirements.",
     "Loosen one of the requirements named by pip."},
    {kPipConflict,
     "Cannot install {packages} because these package versions have conflicting "
     "dependencies",
     "What is asked for excludes itself: {packages}.",
     "Loosen one of the requirements named by pip."},
    {kPipNotFound,
     "Could not find a version that satisfies the requirement {requirement} (from {origin})",
     "There is no version of {requirement} that can be installed here.",
     "Look at the name and the version in install_requires; it may also be that it has no build "
     "for "
     "this Python."},
    {kPipNotFound,
     "Could not find a version that satisfies the requirement {requirement} (from versions: "
     "{have})",
     "There is no version of {requirement} that can be installed here.",
     "Look at the name and the version in install_requires."},
    {kPipNotFound, "No matching distribution found for {requirement}",
     "There is no version of {requirement} that can be installed here.",
     "Look at the name and the version in install_requires."},
    {kPipBuildFailed, "error: command '{command}' failed{how}",
     "A package could not be compiled: {command} failed{how}.",
     "Install a compiler on this machine, or pin a version that has a wheel."},
    {kPipBuildFailed, "ModuleNotFoundError: No module named '{module}'",
     "The setup.py of a package imports {module}, which is not there when it is built.",
     "Take that import out of setup.py, or name it in pyproject.toml's build requirements."},
    {kPipBuildFailed, "Failed to build {packages}", "A package could not be built: {packages}.",
     "Read pip's lines; pin a version that has a wheel."},
    {kPipBuildFailed, "Failed building wheel for {package}", "{package} could not be built.",
     "Read pip's lines; pin a version that has a wheel."},
    {kPipBuildFailed, "python setup.py egg_info did not run successfully",
     "The setup.py of a package failed: {error}.", "Read pip's lines, and mend setup.py.",
     "Error: {error}"},
    {kPipBuildFailed, "Getting requirements to build wheel did not run successfully",
     "The setup.py of a package failed.", "Read pip's lines, and mend setup.py."},
    {kPipBuildFailed, "did not run successfully", "A step of pip's failed.",
     "Read pip's lines, and mend setup.py."},
};

}  // namespace

std::span<const CauseRule> InstallRules() {
  return kRules;
}

}  // namespace mlengine::insight
