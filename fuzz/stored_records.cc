// The small records on disk: objects and buckets, runtimes, quotas, and a backup's manifest.
#include "base/testing/temp_dir.h"
#include "fuzz_target.h"
#include "memory_files.h"
#include "objects/bucket_record.h"
#include "objects/object_record.h"
#include "quotas/quota_file.h"
#include "runtimes/runtime_record.h"
#include "upkeep/backup.h"

namespace mlengine::fuzz {
namespace {

void CheckObject(std::string_view bytes) {
  const auto record = objects::DecodeRecord(bytes);
  if (!record.ok()) return RequireError(record.status(), {StatusCode::kDataLoss});
  const std::string text = objects::EncodeRecord(*record);
  const auto again = objects::DecodeRecord(text);
  Require(again.ok(), "an object's record that was written can be read");
  Require(objects::EncodeRecord(*again) == text && again->size == record->size &&
              again->crc32c == record->crc32c && again->component_count == record->component_count,
          "and says the same");
  const auto kept = objects::RecordFor(*record, record->size, record->mtime_ns);
  Require(kept.generation == record->generation, "the record of an unchanged file stays");
  const auto changed = objects::RecordFor(*record, record->size + 1, record->mtime_ns);
  Require(record->generation == INT64_MAX || changed.generation > record->generation,
          "a changed file has a later generation");
}

void CheckBucket(std::string_view bytes) {
  const auto bucket = objects::DecodeBucket(bytes);
  if (!bucket.ok()) return RequireError(bucket.status(), {StatusCode::kDataLoss});
  const std::string text = objects::EncodeBucket(*bucket);
  const auto again = objects::DecodeBucket(text);
  Require(again.ok() && objects::EncodeBucket(*again) == text, "a bucket written says the same");
}

void CheckRuntime(std::string_view bytes) {
  const auto record = runtimes::DecodeRecord(bytes);
  if (!record.ok())
    return RequireError(record.status(), {StatusCode::kDataLoss, StatusCode::kFailedPrecondition});
  const std::string text = runtimes::EncodeRecord(*record);
  const auto again = runtimes::DecodeRecord(text);
  Require(again.ok() && runtimes::EncodeRecord(*again) == text, "a runtime written says the same");
}

void CheckQuotas(std::string_view bytes) {
  MemoryFiles files;
  files.files["/q"] = std::string(bytes);
  const auto quotas = quotas::QuotaFile::Open("/q", files);
  if (!quotas.ok())
    return RequireError(quotas.status(), {StatusCode::kDataLoss, StatusCode::kFailedPrecondition});
  const Status changed = (*quotas)->Change("p", [](auto&) { return OkStatus(); });
  Require(changed.ok(), "quotas can be written");
  const auto again = quotas::QuotaFile::Open("/q", files);
  Require(again.ok(), "quotas that were written can be read");
  Require((*again)->Of("p").SerializeAsString() == (*quotas)->Of("p").SerializeAsString(),
          "and are the same");
}

void CheckManifest(std::string_view bytes) {
  static const TempDir dir;
  Require(RealFileSystem().ReplaceVisible(dir / "backup.json", bytes).ok(), "a file is written");
  const auto manifest = upkeep::ReadManifest(dir.path());
  if (!manifest.ok())
    RequireError(manifest.status(), {StatusCode::kDataLoss, StatusCode::kFailedPrecondition});
}

}  // namespace

FUZZ_TARGET(stored_records) {
  CheckObject(bytes);
  CheckBucket(bytes);
  CheckRuntime(bytes);
  CheckQuotas(bytes);
  CheckManifest(bytes);
}

}  // namespace mlengine::fuzz
