// What a fire drill will do, and what it may cost at most: said before it acts.
#pragma once

#include <boost/json/object.hpp>

#include "base/clock.h"
#include "base/result.h"
#include "logs/log_store.h"
#include "mlengine/engine/v1/job_record.pb.h"
#include "policy/price_book.h"

namespace mlengine::engine_api {

// {"action":"kill","sentences":[…],"atMost":{"steps":…,"since":"CHECKPOINT","lostSeconds":…,
// "replicaSeconds":…,"money":…,…}}; of a drill that CheckDrill lets act. `grace_seconds`: from
// SIGTERM to SIGKILL. An error when the log cannot be read.
Result<boost::json::object> DrillForecast(const engine::v1::JobRecord& record,
                                          const engine::v1::DrillRecord& drill,
                                          logs::LogStore& logs, const policy::PriceBook& prices,
                                          int grace_seconds, Time now);

}  // namespace mlengine::engine_api
