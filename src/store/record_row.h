// What every store makes of a record, and asks of a query, in the same way.
#pragma once

#include <string>

#include "base/status.h"
#include "mlengine/engine/v1/job_record.pb.h"

namespace mlengine::store {

// The same bytes for equal records, whatever order their maps have in memory.
std::string RecordBytes(const engine::v1::JobRecord& record);

// SUCCEEDED, FAILED or CANCELLED.
bool IsFinished(const engine::v1::JobRecord& record);

// Whether `again` is the same create call as the one that made `stored`.
bool IsReplay(const engine::v1::JobRecord& stored, const engine::v1::JobRecord& again);

// INVALID_ARGUMENT for a page that could hold nothing.
Status CheckPageSize(int page_size);

}  // namespace mlengine::store
