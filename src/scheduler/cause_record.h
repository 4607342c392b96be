// The first cause as it is stored and as errorMessage tells it. Pure.
#pragma once

#include <string>

#include "insight/first_cause.h"
#include "mlengine/engine/v1/job_record.pb.h"
#include "scheduler/job_step.h"

namespace mlengine::scheduler {

engine::v1::FailureCause RecordOf(const insight::Cause& cause);

// "First cause: worker 1: The program raised …. Read the traceback." in one line; of a job with one
// replica without its name.
std::string CauseText(const engine::v1::FailureCause& cause, bool names_replica);

// Puts the cause into a step with which a job fails: into its record, behind the original's words
// in errorMessage, and into the entry that says the same in the job's log.
void TellCause(const insight::Cause& cause, const StepFacts& facts, JobStep& step);

}  // namespace mlengine::scheduler
