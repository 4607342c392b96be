#include "runner/status_file.h"

#include <google/protobuf/util/json_util.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <thread>
#include <utility>

#include "base/log.h"
#include "model/replica_folder.h"
#include "runner/text.h"

namespace mlengine::runner {
namespace {

// JOBS_DIR/PROJECT/JOB/attempt-N/ROLE-I (model/replica_folder.h).
constexpr int kFoldersAbove = 5;

}  // namespace

StatusFile::StatusFile(FileSystem& files, const Clock& clock, const LaunchSpec& spec,
                       std::string boot_id)
    : files_(files),
      clock_(clock),
      path_(JoinPath(spec.replica_dir(), model::StatusFile(spec.restart()))) {
  record_.set_version(1);
  record_.set_launch_token(spec.launch_token());
  record_.set_restart(spec.restart());
  record_.set_boot_id(std::move(boot_id));
  record_.set_runner_pid(::getpid());
}

void StatusFile::BeginPhase(std::string_view name) {
  v1::Phase* phase = record_.add_phases();
  phase->set_name(std::string(name));
  SetTimestamp(phase->mutable_start_time(), clock_.Now());
}

void StatusFile::EndPhase(std::string_view detail) {
  v1::Phase* phase = record_.mutable_phases(record_.phases_size() - 1);
  SetTimestamp(phase->mutable_end_time(), clock_.Now());
  phase->set_detail(std::string(detail));
}

void StatusFile::Note(std::string_view severity, std::string_view message) {
  v1::Note* note = record_.add_notes();
  SetTimestamp(note->mutable_time(), clock_.Now());
  note->set_severity(std::string(severity));
  note->set_message(ToUtf8(message));
}

void StatusFile::SetError(const Status& why, std::string_view evidence) {
  record_.set_step(StatusRecord::NOT_STARTED);
  record_.set_user_pid(0);
  record_.mutable_error()->set_code(static_cast<int>(why.code()));
  record_.mutable_error()->set_message(ToUtf8(why.message()));
  record_.mutable_error()->set_evidence(ToUtf8(evidence));
}

Status StatusFile::Write() {
  std::string json;
  const auto made = google::protobuf::util::MessageToJsonString(record_, &json);
  if (!made.ok()) return InternalError("status record: " + std::string(made.message()));
  // The steps on the way mean nothing after a reboot: then the attempt is lost by its boot id.
  const bool final =
      record_.step() == StatusRecord::EXITED || record_.step() == StatusRecord::NOT_STARTED;
  const auto write = [&]() -> Status {
    if (!final) return files_.ReplaceVisible(path_, json);
    if (!folders_kept_) MLENGINE_RETURN_IF_ERROR(KeepFolders());
    return files_.WriteAtomic(path_, json);
  };
  Status wrote = write();
  // A program that takes the rights from its own folder must not hide its end by that.
  if (wrote.code() == StatusCode::kPermissionDenied &&
      ::chmod(ParentPath(path_).c_str(), 0700) == 0)
    wrote = write();
  return wrote;
}

Status StatusFile::KeepFolders() {
  std::string folder = ParentPath(path_);
  for (int level = 0; level < kFoldersAbove; ++level) {
    MLENGINE_RETURN_IF_ERROR(files_.SyncFolder(folder));
    folder = ParentPath(folder);
  }
  folders_kept_ = true;
  return OkStatus();
}

Status StatusFile::WriteFinal() {
  Status status = Write();
  for (int others = 0; !status.ok() && others < 10;) {
    Log(LogLevel::kError, "cannot write the status record", {{"status", status.ToString()}});
    if (status.code() == StatusCode::kNotFound) break;  // the folder was removed
    const bool passes = status.code() == StatusCode::kResourceExhausted ||
                        status.code() == StatusCode::kPermissionDenied;
    if (!passes) ++others;
    std::this_thread::sleep_for(std::chrono::seconds(1));
    status = Write();
  }
  return status;
}

Result<StatusRecord> ReadStatusRecord(FileSystem& files, const std::string& path) {
  MLENGINE_ASSIGN_OR_RETURN(const std::string json, files.Read(path));
  StatusRecord record;
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  const auto parsed = google::protobuf::util::JsonStringToMessage(json, &record, options);
  if (!parsed.ok()) return DataLossError(path + ": " + std::string(parsed.message()));
  return record;
}

void SetTimestamp(google::protobuf::Timestamp* field, Time time) {
  const long long nanos = ToUnixNanos(time);
  field->set_seconds(nanos / 1'000'000'000);
  field->set_nanos(static_cast<int>(nanos % 1'000'000'000));
}

}  // namespace mlengine::runner
