// GET /mlengine/v1/projects/{p}/jobs/{j}/log:window: entries around a place of a job's log, which
// may be of any size.
//   one of tail=true (what is meant without any), after=ID, before=ID, from=ID (that one and
//   behind), time=T (RFC 3339; that moment and behind), fraction=F (0.0 to 1.0 of the log's
//   entries; near the end the last `limit` ones)
//   limit=N       1 to 2000, 500 if not given
//   task=T        repeatable
//   severity=S    the least, by name
//   contains=T    a text of the message or of the JSON, without case of A to Z
// {"entries":[…],"count":123456,"start":false,"end":true,"previous":"ID","next":"ID",
// "ended":false}: entries as in …/log, the oldest first; count, the records that the log's index
// has; start and end: nothing is before or behind these now, under these filters (false also where
// that is not known yet); previous and next: what to give as `before` and `after` to go on, also
// where nothing was found: the work of one answer is bounded. Of a log that was removed there is
// also "removed":{"time":"…","why":"a sentence","rule":"LOG_DAYS","limit":"7","hasFailure":true}:
// the rule (logs/log_store.h; "" where none was told), its days or bytes, and whether the first
// failure's entries are left.
#pragma once

#include "logs/log_store.h"
#include "net/router.h"
#include "store/job_store.h"

namespace mlengine::engine_api {

// Both stores outlive the router.
void RegisterLogWindow(net::Router& router, store::JobStore& jobs, logs::LogStore& logs);

}  // namespace mlengine::engine_api
