// UploadSessions: resumable uploads, kept in files so that no acknowledged byte is lost when the
// server restarts: UPLOAD_DIR/ID.json (what is uploaded, docs/formats/upload_session.md) and
// UPLOAD_DIR/ID.data (the bytes so far). Sessions are removed 7 days (UploadLimits.life) after
// their start. Any thread.
#pragma once

#include <atomic>
#include <chrono>
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

// What unfinished uploads of a server may hold together.
struct UploadLimits {
  std::size_t count = 10'000;
  std::uint64_t bytes = 0;  // 0: what the disk has
  std::chrono::hours life{7 * 24};
};

// Bytes of all unfinished uploads; shared by the sessions. Any thread.
struct UploadBytes {
  std::uint64_t limit = 0;  // 0: none
  std::atomic<std::uint64_t> held{0};
};

class UploadSession {
 public:
  UploadSession(std::string id, std::string folder, UploadPlan plan,
                std::shared_ptr<UploadBytes> bytes);
  ~UploadSession();
  UploadSession(const UploadSession&) = delete;
  UploadSession& operator=(const UploadSession&) = delete;

  const std::string& id() const { return id_; }
  const UploadPlan& plan() const { return plan_; }

  // One request at a time; held while a piece comes in.
  std::mutex& mutex() { return mutex_; }

  // The rest under mutex().
  // Bytes that are there.
  Result<std::uint64_t> Size();
  // RESOURCE_EXHAUSTED when all unfinished uploads together would hold more than they may.
  Status Append(std::string_view bytes);
  Status Sync();  // what is there may be acknowledged
  Status Restart();
  // Gives the bytes to a writer and commits. The session's files go, its answer stays a while.
  Result<objects::Object> Finish(objects::ObjectStore& objects, const ObjectResource& expected);
  const std::optional<objects::Object>& finished() const { return finished_; }

 private:
  Status OpenData();
  // What this session holds, told to `bytes_`.
  void Count(std::uint64_t held);

  const std::shared_ptr<UploadBytes> bytes_;
  std::uint64_t counted_ = 0;
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
  static Result<std::unique_ptr<UploadSessions>> Open(const std::string& folder, const Clock& clock,
                                                      const UploadLimits& limits = {});

  // Durable before it returns. Also removes expired sessions. RESOURCE_EXHAUSTED when there are as
  // many as there may be.
  Result<std::shared_ptr<UploadSession>> Start(UploadPlan plan);
  // NOT_FOUND for an id that was never given, was cancelled or has expired.
  Result<std::shared_ptr<UploadSession>> Find(const std::string& id);
  Status Cancel(const std::string& id);
  // After Finish: the files go; the answer is kept for a client that did not get it.
  void Close(const std::shared_ptr<UploadSession>& session);

 private:
  UploadSessions(std::string folder, const Clock& clock, const UploadLimits& limits)
      : limits_(limits), folder_(std::move(folder)), clock_(clock) {
    bytes_->limit = limits.bytes;
  }
  void RemoveFiles(const std::string& id) const;
  void Expire();

  const UploadLimits limits_;
  const std::shared_ptr<UploadBytes> bytes_ = std::make_shared<UploadBytes>();
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
