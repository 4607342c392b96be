// What runner and server read in a replica's folder: the launch spec and the status record, which a
// user's program may have written over.
#include "base/testing/temp_dir.h"
#include "executor/local/replica_files.h"
#include "fuzz_target.h"
#include "memory_files.h"
#include "runner/run_replica.h"
#include "runner/status_file.h"
#include "wire/codec/json.h"

namespace mlengine::fuzz {
namespace {

void CheckSpec(const std::string& bytes) {
  static const TempDir dir;
  const std::string path = dir / "launch-spec.json";
  // Specs of the corpus name this folder.
  std::string text = bytes;
  constexpr std::string_view kFolder = "/FOLDER";
  if (const std::size_t at = text.find(kFolder); at != std::string::npos)
    text.replace(at, kFolder.size(), dir.path());
  Require(RealFileSystem().ReplaceVisible(path, text).ok(), "a file is written");
  const auto spec = runner::ReadLaunchSpec(path);
  if (!spec.ok()) return RequireInvalid(spec.status());
  Require(spec->replica_dir() == dir.path(), "a spec is of its own folder");
  Require(RealFileSystem().ReplaceVisible(path, wire::ToJson(*spec)).ok(), "a file is written");
  const auto again = runner::ReadLaunchSpec(path);
  Require(again.ok() && wire::ToJson(*again) == wire::ToJson(*spec), "written it says the same");
}

void CheckRecord(const std::string& bytes) {
  MemoryFiles files;
  const executor::ReplicaPlace place{.folder = "/r", .restart = 0};
  files.files[place.record()] = bytes;
  const auto seen = executor::ReadRecord(files, place);
  const auto own = runner::ReadStatusRecord(files, place.record());
  Require(seen.ok() == own.ok(), "runner and server read the same records");
  if (!seen.ok()) {
    RequireError(seen.status(), {StatusCode::kDataLoss});
    return RequireError(own.status(), {StatusCode::kDataLoss});
  }
  Require(seen->has_value(), "a record that is there is read");
  Require((*seen)->SerializeAsString() == own->SerializeAsString(), "and says the same to both");
  static_cast<void>(executor::IsFinal(**seen));
  files.files[place.record()] = wire::ToJson(**seen);
  const auto again = executor::ReadRecord(files, place);
  Require(again.ok() && wire::ToJson(**again) == wire::ToJson(**seen), "written it says the same");
}

}  // namespace

FUZZ_TARGET(replica_records) {
  const std::string text(bytes);
  CheckSpec(text);
  CheckRecord(text);
}

}  // namespace mlengine::fuzz
