// RequestLog: a sample of what versions were asked and answered, as objects in a folder of the
// user's. A line is one request:
//   {"time": "…Z", "model": …, "version": …, "seconds": …, "request": …, "response": …}
// Requests that cannot be written in time are dropped and counted, never waited for. Thread-safe;
// one thread of its own writes.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "base/clock.h"
#include "objects/object_store.h"

namespace mlengine::serving {

struct LoggedRequest {
  std::string folder;  // gs://…
  std::string model;
  std::string version;
  Time time;
  std::chrono::nanoseconds took{0};
  std::string request;
  std::string response;
};

struct RequestLogOptions {
  std::chrono::milliseconds write_every{10'000};
  std::size_t most_bytes = 16U << 20;   // that wait
  std::size_t object_bytes = 4U << 20;  // of one object, about
};

class RequestLog final {
 public:
  explicit RequestLog(objects::ObjectStore& objects,
                      RequestLogOptions options = {});  // objects outlive it
  ~RequestLog();                                        // writes what waits

  void Add(LoggedRequest request);

  struct Figures {
    std::uint64_t written = 0;
    std::uint64_t dropped = 0;
    std::string last_error;  // "" when the last write succeeded
  };
  Figures figures() const;

 private:
  void Run();
  void Write(std::deque<LoggedRequest> batch);
  Status WriteObject(const LoggedRequest& first, const std::string& lines);

  objects::ObjectStore& objects_;
  const RequestLogOptions options_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<LoggedRequest> waiting_;  // guarded by mutex_, as all below
  std::size_t bytes_ = 0;
  bool stopping_ = false;
  Figures figures_;
  std::thread thread_;  // last
};

}  // namespace mlengine::serving
