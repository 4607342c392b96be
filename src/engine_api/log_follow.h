// The bodies of answers that follow a log entry by entry. None holds a thread: the log store wakes
// it.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "engine_api/log_pieces.h"
#include "logs/log_store.h"
#include "net/http.h"

namespace mlengine::engine_api {

// What a body follows. The store outlives the body.
struct Followed {
  logs::LogStore* store = nullptr;
  std::shared_ptr<LogPieces> pieces;
  logs::JobRef job;
  LogPlace place;
};

// Entries as lines of JSON up to now or, with `follow`, until the log has ended; then, and only
// then, the last line is {"end":true}.
std::unique_ptr<net::BodyStream> EntryLines(Followed what, bool follow);

// Entries as server-sent events until the log has ended; then, and only then, the last event is
// `end`. A comment goes out when nothing else did for `heartbeat`.
std::unique_ptr<net::BodyStream> EntryEvents(Followed what, std::chrono::milliseconds heartbeat);

// One JSON object, as soon as there is an entry or the log has ended, at the latest after `wait`:
// entries; next, the insertId to go on from; ended, when none will follow these.
std::unique_ptr<net::BodyStream> NextEntries(Followed what, std::chrono::milliseconds wait);

}  // namespace mlengine::engine_api
