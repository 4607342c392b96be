// Overlay: a Python environment on top of a runtime, with packages that pip must install. Made once
// per (runtime, packages), by one runner at a time, and used by all; complete or not there, also
// after a crash.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/unique_fd.h"
#include "runner/requirement.h"
#include "runner/stop_source.h"

namespace mlengine::runner {

class Overlay {
 public:
  // `sha256s` are the packages' in the order of the spec.
  Overlay(FileSystem& files, const std::string& cache_dir, const std::string& interpreter,
          const std::string& runtime_digest, const std::vector<std::string>& sha256s);

  std::string interpreter() const { return JoinPath(folder_, "bin/python"); }
  bool IsComplete() const;

  // Waits until no other runner builds it. CANCELLED when a stop was asked for. Afterwards look at
  // IsComplete again. The builder's right ends with the returned descriptor.
  Result<UniqueFd> Lock(StopSource& stop);
  // For the holder of the lock: removes what a killed builder left.
  Status Clear();
  // Words that make the bare environment, and that install `archives` into it.
  std::vector<std::string> CreateWords() const;
  std::vector<std::string> InstallWords(const std::vector<std::string>& archives,
                                        const Distributions& runtime) const;
  // For the holder of the lock: syncs it and marks it complete.
  Status Complete();

 private:
  FileSystem& files_;
  std::string base_interpreter_;
  std::string folder_;
};

}  // namespace mlengine::runner
