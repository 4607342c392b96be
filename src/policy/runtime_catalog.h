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
  // Names under which packages may require what is there: "tensorflow==2.19.1" for tensorflow-cpu.
  std::vector<std::string> provides;
  std::string interpreter;  // an existing Python instead of requirements: a path, or a name on PATH
  bool is_default = false;
};

class RuntimeCatalog {
 public:
  // INVALID_ARGUMENT names `source`, line and key. Keys: see runtimes.yaml.
  static Result<RuntimeCatalog> Parse(const std::string& yaml, const std::string& source);
  // The catalog that ships with the engine.
  static RuntimeCatalog BuiltIn();
  // Entries of `other` replace those of the same name, others are added; its default is the one.
  void Merge(const RuntimeCatalog& other);

  const std::vector<RuntimeVersion>& versions() const { return versions_; }
  const RuntimeVersion* Find(const std::string& name) const;  // null when unknown
  // The name of the default entry; "system" when none is marked.
  std::string DefaultName() const;

  // Versions of the original service that are accepted by name though they are not in this catalog
  // ("1.4"), and the Python versions that each knows; empty for a name nobody knows.
  static std::vector<std::string> PythonVersionsOfOriginal(const std::string& name);

 private:
  std::vector<RuntimeVersion> versions_;
};

enum class Compatibility { kNearest, kStrict };

struct RuntimeRequest {
  std::string runtime_version;  // "" when none was given
  std::string python_version;   // likewise
};

struct RuntimeChoice {
  std::string name;                   // the runtime that runs the job
  std::vector<std::string> warnings;  // entries for the job's log: what was asked and what runs
};

// A runtime that can run a job now.
struct InstalledVersion {
  std::string name;            // in the catalog
  std::string python_version;  // "3.11.2", as its interpreter tells
};

// INVALID_ARGUMENT, in the original's words and with a violation of "runtime_version", for a Python
// version that a runtime of the original never had; OK for all other names and when either is "".
Status CheckRuntimePair(const std::string& runtime_version, const std::string& python_version);

// Chooses among `installed` ("system" is always among them). `default_runtime`: "" takes the
// catalog's. kNearest runs a missing version on the framework runtime with the nearest number, and
// on "system" only when no framework is installed. NOT_FOUND for a name that nobody knows,
// INVALID_ARGUMENT as CheckRuntimePair, FAILED_PRECONDITION when none may run it, each in one
// sentence that says what to do.
Result<RuntimeChoice> ChooseRuntime(const RuntimeCatalog& catalog,
                                    const std::vector<InstalledVersion>& installed,
                                    const std::string& default_runtime, Compatibility compatibility,
                                    const RuntimeRequest& request);

}  // namespace mlengine::policy
