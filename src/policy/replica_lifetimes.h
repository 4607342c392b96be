// When the replicas of a job began and ended, as its record has it. Pure.
#pragma once

#include <vector>

#include "mlengine/engine/v1/job_record.pb.h"
#include "policy/price_list.h"

namespace mlengine::policy {

// Every execution of every replica in all attempts, from the start of its first phase to its exit;
// one without an exit lasts until its attempt was stopped or ended, else until `now`. Empty before
// any runner has begun.
std::vector<ReplicaLifetime> LifetimesOf(const engine::v1::JobRecord& record, Time now);

}  // namespace mlengine::policy
