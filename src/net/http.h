// HTTP messages as handlers see them. Nothing here names the HTTP library, and nothing knows JSON.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace mlengine::net {

// Header fields in arrival order; names compare without case.
class Headers {
 public:
  // The first value of that name, or nothing.
  std::optional<std::string_view> Get(std::string_view name) const;
  void Add(std::string name, std::string value);
  void Set(std::string name, std::string value);  // replaces all of that name
  const std::vector<std::pair<std::string, std::string>>& all() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// What arrives before the body.
struct RequestHead {
  std::string method;    // "GET"
  std::string raw_path;  // still percent-encoded, without the query: "/storage/v1/b/B/o/a%2Fb"
  // Decoded, in arrival order; '+' stays '+'.
  std::vector<std::pair<std::string, std::string>> query;
  Headers headers;
  std::string
      scheme_and_host;  // "http://127.0.0.1:8650", from the Host header: for absolute Locations
  // Filled by the router: decoded values of the template's variables, in order.
  std::vector<std::string> path_values;

  // The first value of a query parameter, or nothing.
  std::optional<std::string_view> Query(std::string_view name) const;
};

// A body that is made while it is sent. Pulled by the server, never blocking; one caller at a time.
class BodyStream {
 public:
  enum class Pull {
    kData,  // `out` has bytes
    kWait,  // nothing now; the waker will be called, or the wait's limit passes
    kEnd,   // the body is complete
    kFail,  // cut the connection: the client must see that the body is incomplete
  };
  virtual ~BodyStream() = default;
  virtual Pull Next(std::string& out) = 0;
  // Called once before the first Next. `waker` may be called from any thread, also after the stream
  // is gone.
  virtual void SetWaker(std::function<void()> waker) { static_cast<void>(waker); }
  // Asked after each kWait: how long at most until Next is called again, woken or not. Nothing: as
  // long as it takes.
  virtual std::optional<std::chrono::milliseconds> WaitLimit() { return std::nullopt; }
  // What the body ends with when the server stops while it waits.
  virtual std::string LastWords() { return {}; }
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  // When set, sent instead of `body`: with Content-Length when `stream_length` is known, else
  // chunked.
  std::unique_ptr<BodyStream> stream;
  std::optional<std::uint64_t> stream_length;
};

struct Request : RequestHead {
  std::string body;
};

// Takes the body piece by piece as it arrives, for uploads of any size. Used by one thread at a
// time; destroyed without Finish when the client breaks off (then nothing of the upload may stay
// visible).
class BodySink {
 public:
  virtual ~BodySink() = default;
  // A failure ends the request at once with Fail's answer; the rest of the body is discarded.
  virtual Status Write(std::string_view bytes) = 0;
  virtual Response Finish() = 0;
  virtual Response Fail(const Status& status) = 0;
};

// A handler either gets the whole body (bounded by the route's limit) or opens a sink for it.
// Handlers run on the server's threads (server_threads.h) and may block on the disk, never on the
// client.
using Handler = std::function<Response(Request&)>;
using UploadHandler = std::function<std::unique_ptr<BodySink>(const RequestHead&)>;

}  // namespace mlengine::net
