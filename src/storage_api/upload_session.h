// UploadSessions: resumable uploads, kept in files so that no acknowledged byte is lost when the
// server restarts: UPLOAD_DIR/ID.json (what is uploaded, docs/formats/upload_session.md) and
// UPLOAD_DIR/ID.data (the bytes so far). Sessions are removed 7 days after their start. Any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file_system.h"
#include "base/result.h"
#include "objects/object_store.h"
#include "storage_api/resource_json.h"

namespace mlengine::storage_api {

// What was asked for at the start.
struct UploadPlan {
  std::string bucket;
  ObjectResource resource;  // with the name
  objects::Preconditions conditions;
  std::optional<std::uint64_t> total;  // bytes, where the client announced them
  Time started;
};

class UploadSession {
 public:
  UploadSession(std::string id, std::string folder, UploadPlan plan);

  const std::string& id() const { return id_; }
  const UploadPlan& plan() const { return plan_; }

  // One request at a time; held while a piece comes in.
  std::mutex& mutex() { return mutex_; }

  // The rest under mutex().
  // Bytes that are there.
  Result<std::uint64_t> Size();
  Status Append(std::string_view bytes);
  Status Sync();  // what is there may be acknowledged
  Status Restart();
  // Gives the bytes to a writer and commits. The session's files go, its answer stays a while.
  Result<objects::Object> Finish(objects::ObjectStore& objects, const ObjectResource& expected);
  const std::optional<objects::Object>& finished() const { return finished_; }

 private:
  Status OpenData();

  const std::string id_;
  const std::string folder_;
  const UploadPlan plan_;
  std::mutex mutex_;
  std::unique_ptr<AppendFile> data_;
  std::optional<objects::Object> finished_;
};

class UploadSessions {
 public:
  // `folder` is made when missing. The clock outlives this.
  static Result<std::unique_ptr<UploadSessions>> Open(const std::string& folder,
                                                      const Clock& clock);

  // Durable before it returns. Also removes expired sessions.
  Result<std::shared_ptr<UploadSession>> Start(UploadPlan plan);
  // NOT_FOUND for an id that was never given, was cancelled or has expired.
  Result<std::shared_ptr<UploadSession>> Find(const std::string& id);
  Status Cancel(const std::string& id);
  // After Finish: the files go; the answer is kept for a client that did not get it.
  void Close(const std::shared_ptr<UploadSession>& session);

 private:
  UploadSessions(std::string folder, const Clock& clock)
      : folder_(std::move(folder)), clock_(clock) {}
  void RemoveFiles(const std::string& id) const;
  void Expire();

  const std::string folder_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<UploadSession>> sessions_;
  std::vector<std::string> closed_;  // oldest first
};

// The plan as text, one JSON object of version 1, and back. DATA_LOSS for another text.
std::string EncodePlan(const UploadPlan& plan);
Result<UploadPlan> DecodePlan(std::string_view text);

}  // namespace mlengine::storage_api
