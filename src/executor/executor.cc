#include "executor/executor.h"

namespace mlengine::executor {

ReplicaId IdOf(const LaunchSpec& spec) {
  return {.project = spec.project(),
          .job_id = spec.job_id(),
          .attempt = spec.attempt(),
          .role = spec.role(),
          .index = spec.index(),
          .restart = spec.restart()};
}

}  // namespace mlengine::executor
