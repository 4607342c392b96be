// PythonSearch: which interpreter of this machine a runtime version is built with. An answer of an
// interpreter is kept until its file changes. Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "base/result.h"
#include "policy/runtime_catalog.h"
#include "runtimes/python_probe.h"

namespace mlengine::runtimes {

class PythonSearch {
 public:
  explicit PythonSearch(PythonPlaces places) : places_(std::move(places)) {}

  // The first that fits, by the catalog's order of versions; with `python_version` ("2.7") that one
  // alone. INVALID_ARGUMENT when the runtime does not know that version; FAILED_PRECONDITION when
  // none is here, in one sentence that says which and how to get it. The first search takes some
  // tens of milliseconds for each interpreter.
  Result<PythonProbe> Find(const policy::RuntimeVersion& version,
                           const std::string& python_version);

 private:
  Result<PythonProbe> Ask(const std::string& file);

  const PythonPlaces places_;
  std::mutex mutex_;
  std::map<std::string, Result<PythonProbe>> asked_;  // by file and its state; guarded by mutex_
};

}  // namespace mlengine::runtimes
