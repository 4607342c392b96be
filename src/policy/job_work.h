// What a job asks for, whichever kind it is: its replicas, machines and region as a TrainingInput.
// Pure.
#pragma once

#include "mlengine/engine/v1/job_record.pb.h"

namespace mlengine::policy {

// The training input, or the shape that a prediction job got when it was created. As long as
// `record` lives.
inline const ml::v1::TrainingInput& WorkOf(const engine::v1::JobRecord& record) {
  return record.has_batch_prediction() ? record.batch_prediction().shape()
                                       : record.job().training_input();
}

}  // namespace mlengine::policy
