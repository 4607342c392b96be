#include <algorithm>
#include <tuple>

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

int PythonMajor(const std::string& python_version) {
  return ParseVersionNumber(python_version).value_or(VersionNumber{0, 0}).major;
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

std::string ExpectedPython(const Wanted& wanted) {
  return policy::ExpectedPython({wanted.given ? wanted.name : "", wanted.python});
}

// The framework runtime with the nearest number, those with the Python major version first; of two
// as near, the newer. A name that is no number is farther than any. Null when no framework is
// installed.
const InstalledVersion* Nearest(const RuntimeCatalog& catalog,
                                const std::vector<InstalledVersion>& installed,
                                const Wanted& wanted) {
  const std::optional<VersionNumber> asked = ParseVersionNumber(wanted.name);
  const int python = PythonMajor(ExpectedPython(wanted));
  const auto distance = [&](const InstalledVersion& runtime) {
    const std::optional<VersionNumber> number = ParseVersionNumber(runtime.name);
    const VersionNumber own = number.value_or(VersionNumber{});
    return std::tuple(python != 0 && PythonMajor(runtime.python_version) != python,
                      asked && number ? Distance(*asked, *number) : VersionNumber{1'000'000, 0},
                      VersionNumber{-own.major, -own.minor});
  };
  const InstalledVersion* nearest = nullptr;
  for (const InstalledVersion& runtime : installed) {
    if (!HasFramework(catalog, runtime)) continue;
    if (nearest == nullptr || distance(runtime) < distance(*nearest)) nearest = &runtime;
  }
  return nearest;
}

bool CanBeBuilt(const RuntimeVersion* version) {
  return version != nullptr && !version->framework.empty() && version->interpreter.empty() &&
         version->unavailable.empty();
}

// What a user types to have a framework: what was asked for, if it can be built here.
std::string InstallCommand(const RuntimeCatalog& catalog, const Wanted& wanted) {
  const RuntimeVersion* version = catalog.Find(wanted.name);
  if (!CanBeBuilt(version)) version = catalog.Find(catalog.DefaultName());
  if (!CanBeBuilt(version)) {
    for (const RuntimeVersion& other : catalog.versions()) {
      if (CanBeBuilt(&other)) version = &other;
    }
  }
  std::string command =
      "mlengine runtimes install " + (version != nullptr ? version->name : wanted.name);
  if (version != nullptr && version->name == wanted.name &&
      std::ranges::find(version->python_versions, wanted.python) !=
          version->python_versions.end()) {
    command += " --python-version " + wanted.python;
  }
  return command;
}

// "Runtime version 1.4 with Python 3.5".
std::string Asked(const Wanted& wanted) {
  return (wanted.given ? "Runtime version " : "The default runtime version ") + wanted.name +
         (wanted.python.empty() ? "" : " with Python " + wanted.python);
}

Status Missing(const RuntimeCatalog& catalog, const Wanted& wanted) {
  const RuntimeVersion* version = catalog.Find(wanted.name);
  if (version == nullptr || !version->unavailable.empty()) {
    return FailedPreconditionError(
        Asked(wanted) + " cannot be installed on this machine" +
        (version == nullptr ? "" : ": " + version->unavailable) +
        "; choose one that `mlengine runtimes list` shows (or build the nearest with: " +
        InstallCommand(catalog, wanted) + ").");
  }
  if (!version->interpreter.empty()) {
    return FailedPreconditionError(
        Asked(wanted) + " needs the Python interpreter " + version->interpreter +
        ", which is not on this machine; " +
        "install it, or another runtime with: " + InstallCommand(catalog, wanted) + ".");
  }
  return FailedPreconditionError(Asked(wanted) + " is not installed; install it with: " +
                                 InstallCommand(catalog, wanted) + ".");
}

// A sentence, after a space, for a program of one Python that gets another major version; "" when
// it does not, or nothing was asked for.
std::string OtherMajor(const RuntimeCatalog& catalog, const Wanted& wanted,
                       const InstalledVersion& runtime) {
  const int asked = PythonMajor(wanted.python);
  if (asked == 0 || asked == PythonMajor(runtime.python_version)) return "";
  const std::string major = "Python " + std::to_string(asked);
  return " No runtime with " + major + " is installed: code that is written for " + major +
         " alone will fail on Python " + runtime.python_version +
         ". Install one with: " + InstallCommand(catalog, wanted) + ".";
}

RuntimeChoice StandIn(const RuntimeCatalog& catalog, const Wanted& wanted,
                      const InstalledVersion& runtime) {
  const RuntimeVersion* version = catalog.Find(wanted.name);
  std::string text = Asked(wanted) + " is not installed";
  if (version != nullptr && !version->unavailable.empty())
    text += " and cannot be: " + version->unavailable;
  text += "; the job runs on " + Shown(catalog, runtime) + " instead.";
  const std::string other = OtherMajor(catalog, wanted, runtime);
  if (!other.empty()) {
    text += other;
  } else if (!HasFramework(catalog, runtime)) {
    text += " No runtime with a framework is installed; install one with: " +
            InstallCommand(catalog, wanted) + ".";
  }
  return {runtime.name, {std::move(text)}};
}

Result<RuntimeChoice> RunAsAsked(const RuntimeCatalog& catalog, const Wanted& wanted,
                                 const InstalledVersion& runtime, Compatibility compatibility) {
  RuntimeChoice choice{runtime.name, {}};
  if (!wanted.given) {
    std::string text = "No runtime version was given; the job runs on the default, " +
                       Shown(catalog, runtime) + ".";
    if (!HasFramework(catalog, runtime))
      text += " No framework is in it; install one with: " + InstallCommand(catalog, wanted) + ".";
    choice.warnings.push_back(std::move(text));
  }
  const std::string expected = ExpectedPython(wanted);
  if (expected.empty() || SamePython(expected, runtime.python_version)) return choice;
  const std::string runs = "; the job runs on Python " + runtime.python_version +
                           " of runtime version " + runtime.name + ".";
  if (wanted.python.empty()) {
    choice.warnings.push_back("No Python version was given, for which the original took " +
                              expected + runs);
    return choice;
  }
  if (compatibility == Compatibility::kStrict) {
    return FailedPreconditionError(
        "Python " + wanted.python + " was asked for and runtime version " + runtime.name +
        " has Python " + runtime.python_version + "; ask for that one, or for none, or install " +
        "the other where there is one: " + InstallCommand(catalog, wanted) + ".");
  }
  choice.warnings.push_back("Python " + wanted.python + " was asked for" + runs +
                            OtherMajor(catalog, wanted, runtime));
  return choice;
}

// A TensorFlow without the plug-in that reaches this server.
bool LacksObjects(const RuntimeVersion& version) {
  const auto is_plugin = [](const std::string& pin) {
    return pin.starts_with("tensorflow-io-gcs-filesystem");
  };
  return version.framework.starts_with("TensorFlow") && version.interpreter.empty() &&
         std::ranges::none_of(version.requirements, is_plugin) &&
         std::ranges::none_of(version.derived, is_plugin);
}

Result<RuntimeChoice> ChooseByName(const RuntimeCatalog& catalog,
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
                           InstallCommand(catalog, wanted) + ".");
    }
  }
  const InstalledVersion* nearest = Nearest(catalog, installed, wanted);
  if (const auto exact = ChoosePython(catalog, installed, wanted.name, wanted.python)) {
    const InstalledVersion& own = installed[*exact];
    const int asked = PythonMajor(wanted.python);
    // Another Python major is another language: the next framework that has it goes before.
    const bool other_language = compatibility == Compatibility::kNearest && asked != 0 &&
                                asked != PythonMajor(own.python_version) && nearest != nullptr &&
                                asked == PythonMajor(nearest->python_version);
    if (!other_language) return RunAsAsked(catalog, wanted, own, compatibility);
  } else if (compatibility == Compatibility::kStrict) {
    return Missing(catalog, wanted);
  }
  if (nearest != nullptr) {
    const auto stand_in = ChoosePython(catalog, installed, nearest->name, ExpectedPython(wanted));
    return StandIn(catalog, wanted, installed[*stand_in]);
  }
  const InstalledVersion* system = FindInstalled(installed, kSystem);
  return system != nullptr ? Result(StandIn(catalog, wanted, *system)) : Missing(catalog, wanted);
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

std::string WrongPairText(const std::string& runtime_version, const std::string& python_version,
                          const std::vector<std::string>& python_versions) {
  std::string choices;
  for (std::size_t i = 0; i < python_versions.size(); ++i) {
    if (i > 0) choices += i + 1 == python_versions.size() ? " or " : ", ";
    choices += python_versions[i];
  }
  return "The specified runtime version '" + runtime_version + "' with the Python version '" +
         python_version +
         "' is not supported or is deprecated. Please specify a different runtime version. See "
         "`mlengine runtimes list`" +
         (choices.empty() ? ""
                          : "; runtime version " + runtime_version + " runs Python " + choices) +
         ".";
}

Status CheckRuntimePair(const std::string& runtime_version, const std::string& python_version) {
  const std::vector<std::string> known = RuntimeCatalog::PythonVersionsOfOriginal(runtime_version);
  if (known.empty() || python_version.empty() ||
      std::find(known.begin(), known.end(), python_version) != known.end()) {
    return OkStatus();
  }
  const std::string text = WrongPairText(runtime_version, python_version, known);
  return InvalidArgumentError("Field: runtime_version Error: " + text)
      .WithViolations({{"runtime_version", text}});
}

std::string ExpectedPython(const RuntimeRequest& request) {
  if (!request.python_version.empty()) return request.python_version;
  const std::vector<std::string> known =
      RuntimeCatalog::PythonVersionsOfOriginal(request.runtime_version);
  return known.empty() ? "" : known.front();
}

std::optional<std::size_t> ChoosePython(const RuntimeCatalog& catalog,
                                        const std::vector<InstalledVersion>& installed,
                                        const std::string& name,
                                        const std::string& python_version) {
  const std::string expected = ExpectedPython(RuntimeRequest{name, python_version});
  const RuntimeVersion* version = catalog.Find(name);
  const auto rank = [&](const InstalledVersion& runtime) {
    std::size_t place = 0;
    if (version != nullptr) {
      const auto& pythons = version->python_versions;
      const auto own = std::ranges::find_if(pythons, [&](const std::string& python) {
        return SamePython(python, runtime.python_version);
      });
      place = static_cast<std::size_t>(own - pythons.begin());
    }
    return std::tuple(!SamePython(expected, runtime.python_version),
                      PythonMajor(expected) != PythonMajor(runtime.python_version), place);
  };
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < installed.size(); ++i) {
    if (installed[i].name != name) continue;
    if (!best || rank(installed[i]) < rank(installed[*best])) best = i;
  }
  return best;
}

Result<RuntimeChoice> ChooseRuntime(const RuntimeCatalog& catalog,
                                    const std::vector<InstalledVersion>& installed,
                                    const std::string& default_runtime, Compatibility compatibility,
                                    const RuntimeRequest& request) {
  MLENGINE_ASSIGN_OR_RETURN(RuntimeChoice choice, ChooseByName(catalog, installed, default_runtime,
                                                               compatibility, request));
  const RuntimeVersion* version = catalog.Find(choice.name);
  if (request.uses_objects && version != nullptr && LacksObjects(*version)) {
    choice.warnings.push_back(
        version->framework +
        " itself cannot read or write gs:// paths on this server: its tf.gfile asks the original "
        "service, for minutes, and fails. Write to local files and copy them with the "
        "google-cloud-storage package, or ask for a runtime version from 2.7 on.");
  }
  return choice;
}

}  // namespace mlengine::policy
