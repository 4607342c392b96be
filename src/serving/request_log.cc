#include "serving/request_log.h"

#include <boost/json.hpp>
#include <tuple>
#include <utility>

#include "base/digest.h"
#include "base/log.h"
#include "wire/codec/strict_json.h"
#include "wire/codec/utf8.h"

namespace mlengine::serving {
namespace {

namespace json = boost::json;

constexpr int kNameBytes = 8;

// What is no strict JSON (NaN in an answer, a request that was none) is kept as text.
json::value ValueOf(const std::string& body) {
  Result<json::value> parsed = wire::ParseStrictJson(body);
  if (parsed.ok()) return *std::move(parsed);
  return json::string(wire::ToValidUtf8(body));
}

std::string LineOf(const LoggedRequest& request) {
  return json::serialize(
             json::object{{"time", FormatTimeNanos(request.time)},
                          {"model", request.model},
                          {"version", request.version},
                          {"seconds", std::chrono::duration<double>(request.took).count()},
                          {"request", ValueOf(request.request)},
                          {"response", ValueOf(request.response)}}) +
         "\n";
}

std::size_t BytesOf(const LoggedRequest& request) {
  return sizeof(request) + request.request.size() + request.response.size();
}

}  // namespace

RequestLog::RequestLog(objects::ObjectStore& objects, RequestLogOptions options)
    : objects_(objects), options_(options) {
  thread_ = std::thread([this] { Run(); });
}

RequestLog::~RequestLog() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void RequestLog::Add(LoggedRequest request) {
  const std::size_t bytes = BytesOf(request);
  const std::lock_guard lock(mutex_);
  if (bytes_ + bytes > options_.most_bytes) {
    ++figures_.dropped;
    return;
  }
  bytes_ += bytes;
  waiting_.push_back(std::move(request));
  if (bytes_ >= options_.object_bytes) wake_.notify_one();
}

RequestLog::Figures RequestLog::figures() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

void RequestLog::Run() {
  bool stopping = false;
  while (!stopping) {
    std::deque<LoggedRequest> batch;
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, options_.write_every,
                     [this] { return stopping_ || bytes_ >= options_.object_bytes; });
      stopping = stopping_;
      batch.swap(waiting_);
      bytes_ = 0;
    }
    if (!batch.empty()) Write(std::move(batch));
  }
}

void RequestLog::Write(std::deque<LoggedRequest> batch) {
  std::map<std::tuple<std::string, std::string, std::string>, std::deque<LoggedRequest>> groups;
  for (LoggedRequest& request : batch) {
    groups[{request.folder, request.model, request.version}].push_back(std::move(request));
  }
  for (const auto& [place, requests] : groups) {
    std::string lines;
    for (const LoggedRequest& request : requests) lines += LineOf(request);
    const Status written = WriteObject(requests.front(), lines);
    const std::lock_guard lock(mutex_);
    figures_.last_error = written.ok() ? "" : written.message();
    (written.ok() ? figures_.written : figures_.dropped) += requests.size();
    if (written.ok()) continue;
    Log(LogLevel::kWarning, "logged requests of a model are lost",
        {{"folder", requests.front().folder}, {"error", written.ToString()}});
  }
}

// FOLDER/MODEL/VERSION/2026-11-28/094500-RANDOM.jsonl
Status RequestLog::WriteObject(const LoggedRequest& first, const std::string& lines) {
  MLENGINE_ASSIGN_OR_RETURN(const objects::GsPath path, objects::ParseGsPath(first.folder));
  const std::string time = FormatTimeNanos(first.time);
  std::string name = path.object;
  if (!name.empty() && !name.ends_with('/')) name += '/';
  name += first.model + '/' + first.version + '/' + time.substr(0, 10) + '/' + time.substr(11, 2) +
          time.substr(14, 2) + time.substr(17, 2) + '-' + RandomHex(kNameBytes) + ".jsonl";
  MLENGINE_ASSIGN_OR_RETURN(const auto writer, objects_.NewWriter(path.bucket, name));
  MLENGINE_RETURN_IF_ERROR(writer->Write(lines));
  objects::ObjectMetadata metadata;
  metadata.content_type = "application/json";
  return writer->Commit(metadata, {}).status();
}

}  // namespace mlengine::serving
