// What is known about why a job failed, gathered for insight: the records of its last attempt, and
// the ends of what its replicas printed, out of the log store. Bounded: it runs on the reconciler's
// thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "insight/failure_evidence.h"
#include "logs/log_store.h"
#include "store/job_store.h"

namespace mlengine::scheduler {

// The end of what one execution printed: at most `bytes`; "" when there is nothing.
using ReadTail = std::function<std::string(const logs::StreamRef& stream, std::uint64_t written,
                                           std::uint64_t bytes)>;

// Of the store, whose streams must be read in up to their ends. The store outlives it. Streams and
// not entries: the end of a stream is one read, whatever else the job's log holds.
ReadTail TailsOf(logs::LogStore& logs, const logs::JobRef& job);

// Of the last attempt; empty before the first. The tails of at most kMostTails executions are read,
// of those that ended first.
insight::FailureEvidence EvidenceOf(const store::JobRecord& record, const std::string& boot_id,
                                    const ReadTail& read_tail);

inline constexpr std::uint64_t kStderrTail = 64U << 10;
inline constexpr std::uint64_t kStdoutTail = 16U << 10;
inline constexpr int kMostTails = 32;

}  // namespace mlengine::scheduler
