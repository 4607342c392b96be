// RuntimeStore: the Python environments on this machine, below DATA/runtimes, one folder per
// runtime version, which may be built with several Pythons; built by one installer at a time and
// visible only when complete. It knows nothing of jobs. Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/runtime_catalog.h"

namespace mlengine::runtimes {

struct InstalledRuntime {
  std::string name;
  std::string interpreter;     // absolute path
  std::string python_version;  // "3.11.2", as the interpreter tells
  std::string digest;          // changes whenever the environment's content does
};

// Whether a runtime version can run jobs, or what it takes.
struct RuntimeOutlook {
  enum class State { kInstalled, kAvailable, kMissing, kUnavailable };
  State state = State::kAvailable;
  std::string reason;          // a sentence, for kMissing (no fitting Python) and kUnavailable
  std::string python_version;  // for kAvailable: of the interpreter that Install would take
};

class RuntimeStore {
 public:
  virtual ~RuntimeStore() = default;

  virtual const policy::RuntimeCatalog& catalog() const = 0;
  // Those that can run a job now: one for each runtime version and Python ("3.11"), in the
  // catalog's order. Cheap: the answer is kept and renewed when something was installed.
  virtual std::vector<InstalledRuntime> Installed() = 0;
  // May ask the interpreters of this machine, some tens of milliseconds each the first time.
  virtual RuntimeOutlook Outlook(const policy::RuntimeVersion& version) = 0;
  // Builds the environment of a catalog entry with the given Python ("2.7"), or with "" the first
  // that is found, when it is not installed with any; `on_line` gets progress lines as they come
  // and may return false to stop (CANCELLED, nothing is left); an empty line only asks whether to
  // go on. OK at once when it is installed. A second caller for the same name waits for the first
  // and sees its lines no more. NOT_FOUND for an unknown name; INVALID_ARGUMENT for a Python that
  // it does not run on; FAILED_PRECONDITION when no fitting Python is on this machine, in one
  // sentence that says which is needed, or when the version can be built no more.
  virtual Status Install(const std::string& name, const std::string& python_version,
                         const std::function<bool(std::string_view)>& on_line) = 0;
  // Removes the environments of a runtime version: all, or that of one Python ("2.7"), and answers
  // with those that were usable. FAILED_PRECONDITION while a replica runs on one (nothing is
  // removed then), or for one that is not ours to remove; NOT_FOUND when there is none.
  virtual Result<std::vector<InstalledRuntime>> Uninstall(const std::string& name,
                                                          const std::string& python_version) = 0;
  // Removes the environments of that version that others of the same Python replaced, but for those
  // on which a replica runs. The caller says by calling that no job is about to start on one.
  virtual void RemoveSuperseded(const std::string& name) = 0;
};

// `folder` is DATA/runtimes; half-built environments of a killed installer are removed.
Result<std::unique_ptr<RuntimeStore>> OpenRuntimeStore(const std::string& folder,
                                                       policy::RuntimeCatalog catalog);

}  // namespace mlengine::runtimes
