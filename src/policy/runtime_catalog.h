// RuntimeCatalog: the runtime versions there are and which of them runs a job. Pure: the catalog's
// YAML comes in as text, and what is installed as a list.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace mlengine::policy {

// One entry of the catalog.
struct RuntimeVersion {
  std::string name;                          // "2.19", "system"
  std::string framework;                     // "TensorFlow 2.19.1"; "" for none
  std::vector<std::string> python_versions;  // "3.11"; the first is the one that is built
  std::vector<std::string> requirements;     // exact pins, as pip reads them
  // Further pins that are not known of the original but found by the date of its release.
  std::vector<std::string> derived;
  // Pins of what installs the others (pip, setuptools, wheel); installed before them.
  std::vector<std::string> installer;
  // Names under which packages may require what is there: "tensorflow==2.19.1" for tensorflow-cpu.
  std::vector<std::string> provides;
  std::string interpreter;  // an existing Python instead of requirements: a path, or a name on PATH
  bool is_default = false;
  std::string released;           // "2017-12-14"; "" when not known
  bool released_derived = false;  // that day is the framework's own
  std::string unavailable;        // why it can be built no more, a sentence; "" when it can
};

class RuntimeCatalog {
 public:
  // INVALID_ARGUMENT names `source`, line and key. Keys: see runtimes.yaml.
  static Result<RuntimeCatalog> Parse(const std::string& yaml, const std::string& source);
  // The catalog that ships with the engine: the original's versions too; by number, "system" first,
  // other names last.
  static RuntimeCatalog BuiltIn();
  // Entries of `other` replace those of the same name, others are added; its default is the one.
  void Merge(const RuntimeCatalog& other);

  const std::vector<RuntimeVersion>& versions() const { return versions_; }
  const RuntimeVersion* Find(const std::string& name) const;  // null when unknown
  // The name of the default entry; "system" when none is marked.
  std::string DefaultName() const;

  // Versions of the original service ("1.4"), accepted by name though they are not in a catalog,
  // and the Python versions that each had, its default first; empty for a name nobody knows.
  static std::vector<std::string> PythonVersionsOfOriginal(const std::string& name);

 private:
  std::vector<RuntimeVersion> versions_;
};

enum class Compatibility { kNearest, kStrict };

struct RuntimeRequest {
  std::string runtime_version;  // "" when none was given
  std::string python_version;   // likewise
  bool uses_objects = false;    // the job was given a gs:// path
};

struct RuntimeChoice {
  std::string name;                   // the runtime that runs the job
  std::vector<std::string> warnings;  // entries for the job's log: what was asked and what runs
};

// A runtime that can run a job now. One name may be there with several Pythons.
struct InstalledVersion {
  std::string name;            // in the catalog
  std::string python_version;  // "3.11.2", as its interpreter tells
};

// What the original says of a pair that it never had, and the Pythons that there are (none of a
// version that nobody knows). For the field "runtime_version".
std::string WrongPairText(const std::string& runtime_version, const std::string& python_version,
                          const std::vector<std::string>& python_versions);

// INVALID_ARGUMENT, in the original's words and with a violation of "runtime_version", for a Python
// version that a runtime of the original never had; OK for all other names and when either is "".
Status CheckRuntimePair(const std::string& runtime_version, const std::string& python_version);

// The Python whose code is to run: what was asked for, else what the original took for that runtime
// version. "" when neither is known.
std::string ExpectedPython(const RuntimeRequest& request);

// Which of the Pythons that `name` is installed with runs a job: the expected one ("3.6", or
// "" when any will do), else one of its major version, else the first by the catalog's order. An
// index of `installed`; nothing when the name is not there.
std::optional<std::size_t> ChoosePython(const RuntimeCatalog& catalog,
                                        const std::vector<InstalledVersion>& installed,
                                        const std::string& name, const std::string& python_version);

// Chooses among `installed` ("system" is always among them). `default_runtime`: "" takes the
// catalog's. kNearest runs a missing version on the framework runtime with the nearest number,
// before that one with the Python major version that was asked for (or that the original gave when
// none was), and on "system" only when no framework is installed. Which Python of the chosen
// runtime runs the job: ChoosePython. A job that uses objects is warned of a TensorFlow that cannot
// (docs/adr/tensorflow-on-gs.md). NOT_FOUND for a name that nobody knows,
// INVALID_ARGUMENT as CheckRuntimePair, FAILED_PRECONDITION when none may run it, each in one
// sentence that says what to do.
Result<RuntimeChoice> ChooseRuntime(const RuntimeCatalog& catalog,
                                    const std::vector<InstalledVersion>& installed,
                                    const std::string& default_runtime, Compatibility compatibility,
                                    const RuntimeRequest& request);

}  // namespace mlengine::policy
