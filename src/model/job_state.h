// What a job's state says by itself.
#pragma once

#include "mlengine/ml/v1/job.pb.h"

namespace mlengine::model {

// The job has ended; its state never changes again.
inline bool IsFinal(ml::v1::Job::State state) {
  return state == ml::v1::Job::SUCCEEDED || state == ml::v1::Job::FAILED ||
         state == ml::v1::Job::CANCELLED;
}

}  // namespace mlengine::model
