#include <algorithm>

#include "policy/runtime_catalog.h"
#include "policy/version_number.h"

namespace mlengine::policy {
namespace {

constexpr char kSystem[] = "system";

// "2.19 (TensorFlow 2.19.1, Python 3.11.2)".
std::string Shown(const RuntimeCatalog& catalog, const InstalledVersion& runtime) {
  const RuntimeVersion* version = catalog.Find(runtime.name);
  const std::string framework =
      version != nullptr && !version->framework.empty() ? version->framework : "no framework";
  return runtime.name + " (" + framework + ", Python " + runtime.python_version + ")";
}

bool HasFramework(const RuntimeCatalog& catalog, const InstalledVersion& runtime) {
  const RuntimeVersion* version = catalog.Find(runtime.name);
  return version != nullptr && !version->framework.empty();
}

const InstalledVersion* FindInstalled(const std::vector<InstalledVersion>& installed,
                                      const std::string& name) {
  for (const InstalledVersion& runtime : installed) {
    if (runtime.name == name) return &runtime;
  }
  return nullptr;
}

// The framework runtime with the nearest number; of two as near, the newer. A name that is no
// number is farther than any. Null when no framework is installed.
const InstalledVersion* Nearest(const RuntimeCatalog& catalog,
                                const std::vector<InstalledVersion>& installed,
                                const std::string& asked) {
  const std::optional<VersionNumber> wanted = ParseVersionNumber(asked);
  const InstalledVersion* nearest = nullptr;
  VersionNumber nearest_distance;
  VersionNumber nearest_number;
  for (const InstalledVersion& runtime : installed) {
    if (!HasFramework(catalog, runtime)) continue;
    const std::optional<VersionNumber> number = ParseVersionNumber(runtime.name);
    const VersionNumber distance =
        wanted && number ? Distance(*wanted, *number) : VersionNumber{1'000'000, 0};
    const VersionNumber own = number.value_or(VersionNumber{});
    if (nearest == nullptr || distance < nearest_distance ||
        (distance == nearest_distance && own > nearest_number)) {
      nearest = &runtime;
      nearest_distance = distance;
      nearest_number = own;
    }
  }
  return nearest;
}

// What a user types to have a framework: what was asked for, if it can be built here.
std::string InstallCommand(const RuntimeCatalog& catalog, const std::string& asked) {
  const RuntimeVersion* version = catalog.Find(asked);
  if (version == nullptr || version->framework.empty() || !version->interpreter.empty())
    version = catalog.Find(catalog.DefaultName());
  if (version == nullptr || version->framework.empty()) {
    for (const RuntimeVersion& other : catalog.versions()) {
      if (!other.framework.empty() && other.interpreter.empty()) version = &other;
    }
  }
  return "mlengine runtimes install " + (version != nullptr ? version->name : asked);
}

bool SamePython(const std::string& asked, const std::string& has) {
  const std::optional<VersionNumber> a = ParseVersionNumber(asked);
  return a && a == ParseVersionNumber(has);
}

struct Wanted {
  std::string name;
  std::string python;  // "" when none was asked for
  bool given = true;   // false: the default stands in
};

// "Runtime version 1.4 with Python 3.5".
std::string Asked(const Wanted& wanted) {
  return (wanted.given ? "Runtime version " : "The default runtime version ") + wanted.name +
         (wanted.python.empty() ? "" : " with Python " + wanted.python);
}

Status Missing(const RuntimeCatalog& catalog, const Wanted& wanted) {
  const RuntimeVersion* version = catalog.Find(wanted.name);
  if (version == nullptr) {
    return FailedPreconditionError(Asked(wanted) +
                                   " cannot be installed on this machine; choose one that "
                                   "`mlengine runtimes list` shows (or build the nearest with: " +
                                   InstallCommand(catalog, wanted.name) + ").");
  }
  if (!version->interpreter.empty()) {
    return FailedPreconditionError(
        Asked(wanted) + " needs the Python interpreter " + version->interpreter +
        ", which is not on this machine; " +
        "install it, or another runtime with: " + InstallCommand(catalog, wanted.name) + ".");
  }
  return FailedPreconditionError(Asked(wanted) + " is not installed; install it with: " +
                                 InstallCommand(catalog, wanted.name) + ".");
}

RuntimeChoice StandIn(const RuntimeCatalog& catalog, const Wanted& wanted,
                      const InstalledVersion& runtime) {
  std::string text =
      Asked(wanted) + " is not installed; the job runs on " + Shown(catalog, runtime) + " instead.";
  if (!HasFramework(catalog, runtime)) {
    text += " No runtime with a framework is installed; install one with: " +
            InstallCommand(catalog, wanted.name) + ".";
  }
  return {runtime.name, {std::move(text)}};
}

Result<RuntimeChoice> RunAsAsked(const RuntimeCatalog& catalog, const Wanted& wanted,
                                 const InstalledVersion& runtime, Compatibility compatibility) {
  RuntimeChoice choice{runtime.name, {}};
  if (!wanted.given) {
    std::string text = "No runtime version was given; the job runs on the default, " +
                       Shown(catalog, runtime) + ".";
    if (!HasFramework(catalog, runtime)) {
      text +=
          " No framework is in it; install one with: " + InstallCommand(catalog, wanted.name) + ".";
    }
    choice.warnings.push_back(std::move(text));
  }
  if (wanted.python.empty() || SamePython(wanted.python, runtime.python_version)) return choice;
  if (compatibility == Compatibility::kStrict) {
    return FailedPreconditionError(
        "Python " + wanted.python + " was asked for and runtime version " + runtime.name +
        " has Python " + runtime.python_version + "; ask for that one, or for none.");
  }
  choice.warnings.push_back("Python " + wanted.python + " was asked for; the job runs on Python " +
                            runtime.python_version + " of runtime version " + runtime.name + ".");
  return choice;
}

}  // namespace

std::vector<std::string> RuntimeCatalog::PythonVersionsOfOriginal(const std::string& name) {
  const std::optional<VersionNumber> number = ParseVersionNumber(name);
  // Only the way the original wrote it: neither "1.04" nor "1.4.0".
  if (!number || name != std::to_string(number->major) + "." + std::to_string(number->minor))
    return {};
  const auto& [major, minor] = *number;
  if (major == 0 && (minor == 11 || minor == 12)) return {"2.7"};
  if (major == 1 && minor <= 2) return {"2.7"};
  if (major == 1 && minor >= 4 && minor <= 14) return {"2.7", "3.5"};
  if (major == 1 && minor == 15) return {"2.7", "3.7"};
  // From 2.2 later Pythons were added, at dates that are not known: those of that TensorFlow.
  if (major == 2 && minor == 1) return {"3.7"};
  if (major == 2 && minor >= 2 && minor <= 4) return {"3.7", "3.8"};
  if (major == 2 && minor >= 5 && minor <= 7) return {"3.7", "3.8", "3.9"};
  if (major == 2 && minor >= 8 && minor <= 11) return {"3.7", "3.8", "3.9", "3.10"};
  return {};
}

Status CheckRuntimePair(const std::string& runtime_version, const std::string& python_version) {
  const std::vector<std::string> known = RuntimeCatalog::PythonVersionsOfOriginal(runtime_version);
  if (known.empty() || python_version.empty() ||
      std::find(known.begin(), known.end(), python_version) != known.end()) {
    return OkStatus();
  }
  const std::string text = "The specified runtime version '" + runtime_version +
                           "' with the Python version '" + python_version +
                           "' is not supported or is deprecated. Please specify a different "
                           "runtime version. See `mlengine runtimes list`.";
  return InvalidArgumentError("Field: runtime_version Error: " + text)
      .WithViolations({{"runtime_version", text}});
}

Result<RuntimeChoice> ChooseRuntime(const RuntimeCatalog& catalog,
                                    const std::vector<InstalledVersion>& installed,
                                    const std::string& default_runtime, Compatibility compatibility,
                                    const RuntimeRequest& request) {
  Wanted wanted{request.runtime_version, request.python_version};
  if (wanted.name.empty()) {
    wanted.name = default_runtime.empty() ? catalog.DefaultName() : default_runtime;
    wanted.given = false;
  }
  if (catalog.Find(wanted.name) == nullptr) {
    // A catalog entry may offer another Python for a name of the original.
    MLENGINE_RETURN_IF_ERROR(CheckRuntimePair(wanted.name, wanted.python));
    if (RuntimeCatalog::PythonVersionsOfOriginal(wanted.name).empty()) {
      return NotFoundError(Asked(wanted) +
                           " is not known; choose one that `mlengine runtimes list` shows, or "
                           "install one with: " +
                           InstallCommand(catalog, wanted.name) + ".");
    }
  }
  if (const InstalledVersion* exact = FindInstalled(installed, wanted.name); exact != nullptr)
    return RunAsAsked(catalog, wanted, *exact, compatibility);
  if (compatibility == Compatibility::kStrict) return Missing(catalog, wanted);
  const InstalledVersion* stand_in = Nearest(catalog, installed, wanted.name);
  if (stand_in == nullptr) stand_in = FindInstalled(installed, kSystem);
  if (stand_in == nullptr) return Missing(catalog, wanted);
  return StandIn(catalog, wanted, *stand_in);
}

}  // namespace mlengine::policy
