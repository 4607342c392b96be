// Preparation: what must be there before user code may run: the GPUs it was given, the packages,
// unpacked, and a Python that finds them. A pure package whose requirements the runtime meets is
// put on PYTHONPATH as it is; anything else is installed once into an overlay (overlay.h).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "runner/overlay.h"
#include "runner/staging.h"
#include "runner/status_file.h"
#include "runner/stop_source.h"

namespace mlengine::runner {

struct PythonEnvironment {
  std::string interpreter;
  std::vector<std::string> python_path;  // in order
};

class Preparation {
 public:
  // All outlive it. `runner_program` is this program.
  Preparation(FileSystem& files, const LaunchSpec& spec, StatusFile& status, StopSource& stop,
              std::string runner_program);

  // Writes the phases "staging" and "environment" and the lines of the service into the status
  // record. CANCELLED when a stop was asked for.
  Result<PythonEnvironment> Run();
  // The last output of the command that failed; empty when none did.
  const std::string& evidence() const { return evidence_; }

 private:
  Status CheckGpus();
  Result<std::vector<StagedPackage>> Stage();
  void WarnOfWaste(const std::vector<StagedPackage>& packages);
  Result<std::string> WhyPip(const std::vector<StagedPackage>& packages);
  Result<Distributions> RuntimeDistributions();
  Result<PythonEnvironment> Install(const std::vector<StagedPackage>& packages,
                                    const std::string& why);
  // FAILED_PRECONDITION when the command did not end well.
  Result<std::string> RunTold(std::vector<std::string> words, const std::string& log_name,
                              std::chrono::milliseconds deadline,
                              std::function<void()> meanwhile = {});

  FileSystem& files_;
  const LaunchSpec& spec_;
  StatusFile& status_;
  StopSource& stop_;
  const std::string runner_program_;
  std::string evidence_;
};

}  // namespace mlengine::runner
