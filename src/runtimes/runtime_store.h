// RuntimeStore: the Python environments on this machine, below DATA/runtimes, one folder per
// runtime version, each built by one installer at a time and visible only when complete. It knows
// nothing of jobs. Thread-safe.
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

class RuntimeStore {
 public:
  virtual ~RuntimeStore() = default;

  virtual const policy::RuntimeCatalog& catalog() const = 0;
  // Those that can run a job now. Cheap: the answer is kept and renewed when something was
  // installed.
  virtual std::vector<InstalledRuntime> Installed() = 0;
  // Builds the environment of a catalog entry; `on_line` gets progress lines as they come and may
  // return false to stop (CANCELLED, nothing is left); an empty line only asks whether to go on. OK
  // at once when it is installed. A second caller for the same name waits for the first and sees
  // its lines no more. NOT_FOUND for an unknown name; FAILED_PRECONDITION when no fitting Python is
  // on this machine, in one sentence that says which is needed.
  virtual Status Install(const std::string& name,
                         const std::function<bool(std::string_view)>& on_line) = 0;
};

// `folder` is DATA/runtimes; half-built environments of a killed installer are removed.
Result<std::unique_ptr<RuntimeStore>> OpenRuntimeStore(const std::string& folder,
                                                       policy::RuntimeCatalog catalog);

}  // namespace mlengine::runtimes
