// The report of a fire drill: what happened, from which step the job went on, what it cost; from
// the job's record, its log and its price list. Computed anew each time; nothing of it is stored.
#pragma once

#include <boost/json/object.hpp>

#include "base/clock.h"
#include "base/result.h"
#include "logs/log_store.h"
#include "mlengine/engine/v1/job_record.pb.h"
#include "policy/price_book.h"

namespace mlengine::engine_api {

// docs/guides/fire-drill.md has the fields. "result" is PENDING until the drill is over, then
// RECOVERED, FAILED (the job did) or DROPPED (nothing was done). `drill` is one of the record's. An
// error when the log cannot be read.
Result<boost::json::object> DrillReport(const engine::v1::JobRecord& record,
                                        const engine::v1::DrillRecord& drill, logs::LogStore& logs,
                                        const policy::PriceBook& prices, Time now);

// "kill", "preempt" or "restart-server".
std::string_view DrillWord(engine::v1::DrillRecord::Kind kind);

}  // namespace mlengine::engine_api
