#include "storage_api/upload_session.h"

#include <algorithm>
#include <utility>

#include "base/digest.h"
#include "base/log.h"

namespace mlengine::storage_api {
namespace {

constexpr std::size_t kAnswersKept = 1024;  // of finished sessions
constexpr std::uint64_t kPiece = 1U << 20;  // bytes read at once
constexpr std::string_view kPlanEnd = ".json";
constexpr std::string_view kDataEnd = ".data";

std::string PathOf(const std::string& folder, const std::string& id, std::string_view end) {
  return JoinPath(folder, id + std::string(end));
}

bool IsId(const std::string& id) {
  return id.size() == 32 && id.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

UploadSession::UploadSession(std::string id, std::string folder, UploadPlan plan,
                             std::shared_ptr<UploadBytes> bytes)
    : bytes_(std::move(bytes)),
      id_(std::move(id)),
      folder_(std::move(folder)),
      plan_(std::move(plan)) {
  const Result<FileStat> there = RealFileSystem().Stat(PathOf(folder_, id_, kDataEnd));
  if (there.ok()) Count(there->size);
}

UploadSession::~UploadSession() {
  Count(0);
}

void UploadSession::Count(std::uint64_t held) {
  bytes_->held += held - counted_;
  counted_ = held;
}

Status UploadSession::OpenData() {
  if (data_ != nullptr) return OkStatus();
  MLENGINE_ASSIGN_OR_RETURN(data_, RealFileSystem().OpenAppend(PathOf(folder_, id_, kDataEnd)));
  return OkStatus();
}

Result<std::uint64_t> UploadSession::Size() {
  if (finished_) return finished_->size;
  MLENGINE_RETURN_IF_ERROR(OpenData());
  return data_->offset();
}

Status UploadSession::Append(std::string_view bytes) {
  MLENGINE_RETURN_IF_ERROR(OpenData());
  if (bytes_->limit > 0 && bytes_->held + bytes.size() > bytes_->limit) {
    return ResourceExhaustedError("unfinished uploads hold " + std::to_string(bytes_->held) +
                                  " bytes, and may hold " + std::to_string(bytes_->limit) +
                                  " (limits.unfinishedUploadBytes in mlengine.yaml); finish or "
                                  "cancel some, and try again");
  }
  const Status status = data_->Append(bytes);
  Count(data_->offset());
  return status;
}

Status UploadSession::Sync() {
  if (finished_) return OkStatus();
  MLENGINE_RETURN_IF_ERROR(OpenData());
  return data_->Sync();
}

Status UploadSession::Restart() {
  data_.reset();
  Count(0);
  MLENGINE_ASSIGN_OR_RETURN(
      data_, RealFileSystem().OpenAppend(PathOf(folder_, id_, kDataEnd), std::uint64_t{0}));
  return OkStatus();
}

Result<objects::Object> UploadSession::Finish(objects::ObjectStore& objects,
                                              const ObjectResource& expected) {
  if (finished_) return *finished_;
  MLENGINE_ASSIGN_OR_RETURN(const std::uint64_t size, Size());
  MLENGINE_ASSIGN_OR_RETURN(const auto writer,
                            objects.NewWriter(plan_.bucket, plan_.resource.name));
  for (std::uint64_t at = 0; at < size;) {
    MLENGINE_ASSIGN_OR_RETURN(
        const std::string piece,
        RealFileSystem().ReadAt(PathOf(folder_, id_, kDataEnd), at, std::min(kPiece, size - at)));
    if (piece.empty()) return DataLossError("the bytes of a resumable upload were cut off");
    MLENGINE_RETURN_IF_ERROR(writer->Write(piece));
    at += piece.size();
  }
  MLENGINE_RETURN_IF_ERROR(CheckHashes(expected, *writer));
  MLENGINE_ASSIGN_OR_RETURN(objects::Object object,
                            writer->Commit(plan_.resource.metadata, plan_.conditions));
  finished_ = object;
  data_.reset();
  Count(0);
  return object;
}

Result<std::unique_ptr<UploadSessions>> UploadSessions::Open(const std::string& folder,
                                                             const Clock& clock,
                                                             const UploadLimits& limits) {
  MLENGINE_RETURN_IF_ERROR(RealFileSystem().MakeDirectories(folder));
  std::unique_ptr<UploadSessions> sessions(new UploadSessions(folder, clock, limits));
  MLENGINE_ASSIGN_OR_RETURN(const std::vector<std::string> names, RealFileSystem().List(folder));
  for (const std::string& name : names) {
    const std::string id = name.substr(0, name.rfind('.'));
    if (!IsId(id)) continue;
    const std::string path = PathOf(folder, id, kPlanEnd);
    const Result<std::string> text = RealFileSystem().Read(path);
    Result<UploadPlan> plan = text.ok() ? DecodePlan(*text) : Result<UploadPlan>(text.status());
    if (!plan.ok()) {
      // Bytes without a plan: the end of a session that a crash cut short.
      if (name.ends_with(kPlanEnd)) {
        Log(LogLevel::kWarning, "an unreadable upload session was removed", {{"file", path}});
      }
      sessions->RemoveFiles(id);
      continue;
    }
    sessions->sessions_.try_emplace(
        id, std::make_shared<UploadSession>(id, folder, *std::move(plan), sessions->bytes_));
  }
  sessions->Expire();
  return sessions;
}

Result<std::shared_ptr<UploadSession>> UploadSessions::Start(UploadPlan plan) {
  plan.started = clock_.Now();
  const std::string id = RandomHex(16);
  {
    const std::scoped_lock lock(mutex_);
    Expire();
    const std::size_t unfinished = sessions_.size() - std::min(sessions_.size(), closed_.size());
    if (unfinished >= limits_.count) {
      return ResourceExhaustedError(
          "there are " + std::to_string(unfinished) +
          " unfinished uploads, as many as may be (limits.unfinishedUploads in mlengine.yaml); "
          "finish or cancel some, and try again");
    }
  }
  MLENGINE_RETURN_IF_ERROR(
      RealFileSystem().WriteAtomic(PathOf(folder_, id, kPlanEnd), EncodePlan(plan)));
  auto session = std::make_shared<UploadSession>(id, folder_, std::move(plan), bytes_);
  const std::scoped_lock lock(mutex_);
  sessions_[id] = session;
  return session;
}

Result<std::shared_ptr<UploadSession>> UploadSessions::Find(const std::string& id) {
  const std::scoped_lock lock(mutex_);
  const auto at = sessions_.find(id);
  if (at != sessions_.end() && clock_.Now() - at->second->plan().started <= limits_.life) {
    return at->second;
  }
  return NotFoundError("there is no upload \"" + id.substr(0, 64) +
                       "\" (finished, cancelled or older than " +
                       std::to_string(limits_.life.count() / 24) + " days); start it anew");
}

Status UploadSessions::Cancel(const std::string& id) {
  MLENGINE_RETURN_IF_ERROR(Find(id).status());
  const std::scoped_lock lock(mutex_);
  sessions_.erase(id);
  RemoveFiles(id);
  return OkStatus();
}

void UploadSessions::Close(const std::shared_ptr<UploadSession>& session) {
  const std::scoped_lock lock(mutex_);
  RemoveFiles(session->id());
  closed_.push_back(session->id());
  if (closed_.size() <= kAnswersKept) return;
  sessions_.erase(closed_.front());
  closed_.erase(closed_.begin());
}

void UploadSessions::RemoveFiles(const std::string& id) const {
  // The plan first: bytes without a plan are removed at the next start, a plan without bytes would
  // be an upload that begins again.
  static_cast<void>(RealFileSystem().Remove(PathOf(folder_, id, kPlanEnd)));
  static_cast<void>(RealFileSystem().Remove(PathOf(folder_, id, kDataEnd)));
}

void UploadSessions::Expire() {
  const Time now = clock_.Now();
  for (auto at = sessions_.begin(); at != sessions_.end();) {
    if (now - at->second->plan().started <= limits_.life) {
      ++at;
      continue;
    }
    RemoveFiles(at->first);
    at = sessions_.erase(at);
  }
}

}  // namespace mlengine::storage_api
