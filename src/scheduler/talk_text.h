// Whether the replicas of an attempt worked together, by who was connected to. Pure.
#pragma once

#include <optional>

#include "logs/log_store.h"
#include "mlengine/engine/v1/job_record.pb.h"

namespace mlengine::scheduler {

// A WARNING when no replica that had a port was called by another process, else how many were;
// nothing for an attempt of one replica.
std::optional<logs::ServiceEntry> TalkEntry(const engine::v1::AttemptRecord& attempt);

}  // namespace mlengine::scheduler
