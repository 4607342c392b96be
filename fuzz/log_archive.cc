// The files of an ended log, of any bytes: a segment, a checkpoint beside an index, and what is
// left of a retired log.
#include "base/testing/fake_clock.h"
#include "fuzz_target.h"
#include "logs/checkpoint.h"
#include "logs/job_log.h"
#include "logs/retired_log.h"
#include "logs/segment.h"
#include "memory_files.h"

namespace mlengine::fuzz {
namespace {

using logs::Segment;

void ReadSegment(MemoryFiles& files, const std::string& path) {
  const auto segment = Segment::Open(files, path);
  if (!segment.ok()) return RequireError(segment.status(), {StatusCode::kDataLoss});
  // A block of a few bytes may claim to be a long one.
  const std::uint64_t count = std::min<std::uint64_t>((*segment)->size(), 4U << 20);
  const auto whole = (*segment)->ReadAt(0, count);
  if (!whole.ok()) return RequireError(whole.status(), {StatusCode::kDataLoss});
  Require(whole->size() == count, "as many bytes as the table says");
  const auto part = (*segment)->ReadAt(count / 3, count / 2);
  Require(part.ok() && *part == whole->substr(count / 3, count / 2), "a part is a part");
}

void ReadCheckpoint(std::string_view bytes) {
  const auto mark = logs::DecodeCheckpoint(bytes);
  if (mark) Require(logs::EncodeCheckpoint(*mark) == bytes, "it is written as it was read");
}

void ReadRetired(const std::string& text) {
  const auto log = logs::DecodeRetired(text);
  if (!log.ok()) {
    return RequireError(log.status(), {StatusCode::kDataLoss, StatusCode::kFailedPrecondition});
  }
  const std::size_t count = log->entries.size();
  const auto again = logs::DecodeRetired(logs::EncodeRetired(*log));
  Require(again.ok() && again->entries.size() == count, "it is read as it was written");
  Require(log->rule.empty() || (again->rule == log->rule && again->limit == log->limit),
          "and so is its rule");
  const auto newest = logs::QueryEntries(log->entries, {.newest_first = true, .limit = 1 << 20});
  Require(newest.ok() && newest->size() <= count, "no more than there are");
}

}  // namespace

FUZZ_TARGET(log_archive) {
  if (bytes.empty()) return;
  const char what = bytes[0];
  const std::string rest(bytes.substr(1));
  MemoryFiles files;
  if (what == 'r') return ReadRetired(rest);
  if (what == 'c') return ReadCheckpoint(rest);
  const std::string folder = "/d/logs/p/j";
  files.files[folder + "/index.zst"] = rest;
  ReadSegment(files, folder + "/index.zst");
  const FakeClock clock;
  static_cast<void>(logs::JobLog::Open(files, clock, "/d", folder).ok());
}

}  // namespace mlengine::fuzz
