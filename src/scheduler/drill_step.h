// A fire drill's part of a job's step: from the request that a door stored to the decision that is
// carried out, and to the moment when what was ended runs again. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "logs/log_store.h"
#include "store/job_store.h"

namespace mlengine::scheduler {

struct DrillFacts {
  Time now;
  // This run of the server; another after each start.
  std::string server_run;
  // Where the streams of the running replicas stand; for a restart of the server that is to be
  // decided now.
  std::vector<engine::v1::StreamMark> marks;
};

// The drill of the job that is not over; null when there is none.
const engine::v1::DrillRecord* DrillUnderWay(const store::JobRecord& record);

// Takes it one state further, where it is time, in a record whose last attempt is up to date; what
// is to be said of it is added to `entries`. A PREEMPT that acts stops the attempt in its name.
void TakeDrillStep(const DrillFacts& facts, store::JobRecord& record,
                   std::vector<logs::ServiceEntry>& entries);

// What the stored record asks for, until it is so: the replica to kill, or the server to restart.
const engine::v1::ReplicaRecord* ReplicaToKill(const store::JobRecord& record);
bool WantsServerRestart(const store::JobRecord& record, const std::string& server_run);

// How often the replica was started again for other reasons than drills; these are limited.
int CountedRestarts(const engine::v1::ReplicaRecord& replica);
// Attempts that no drill ended.
int CountedAttempts(const store::JobRecord& record);

}  // namespace mlengine::scheduler
