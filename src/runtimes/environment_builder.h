// Builds one Python environment at its final place: venv, the pinned packages, a first import.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "policy/runtime_catalog.h"
#include "runtimes/python_probe.h"

namespace mlengine::runtimes {

struct BuildRequest {
  policy::RuntimeVersion version;
  PythonProbe python;
  std::string folder;  // exists and is empty
  // Becomes the standard input of every child: a lock on it is held as long as one of them lives,
  // even when this process is killed.
  int lock_fd = -1;
};

// Progress lines go to `on_line`, which may return false to stop: CANCELLED. FAILED_PRECONDITION
// with pip's last lines when a package cannot be installed, or the framework cannot be imported;
// RESOURCE_EXHAUSTED when the disk is full. What was written stays for the caller to remove.
Status BuildEnvironment(const BuildRequest& request,
                        const std::function<bool(std::string_view)>& on_line);

}  // namespace mlengine::runtimes
