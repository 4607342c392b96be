// Server: listens, parses, calls the router's handlers, writes. One of its threads at a time
// attends to the sockets (server_threads.h); coroutines stay in server.cc and its neighbours. All
// limits are enforced before a handler sees anything, and what a browser sends for another site's
// page (browser_guard.h) reaches none.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/router.h"

namespace mlengine::net {

// A request that was answered, or whose client left meanwhile.
struct AnsweredRequest {
  std::string method;
  std::string route;  // template of its path
  int status = 0;
  double seconds = 0;                // from its head to the first byte of the answer
  std::uint64_t received_bytes = 0;  // of its body
  std::uint64_t sent_bytes = 0;      // of the answer, with its head
};

struct ServerOptions {
  // "127.0.0.1:8650", "[::1]:8650"; port 0 takes a free one. Only loopback addresses.
  std::vector<std::string> listen;
  int worker_threads = 48;               // handlers that run at once
  std::size_t header_limit = 64U << 10;  // bytes
  std::chrono::milliseconds header_timeout{
      15'000};  // from the first byte (or accept) to the end of the header
  std::chrono::milliseconds body_timeout{60'000};  // longest silence within a body
  // Bytes a second that a body must bring on the average, once it has had body_timeout's time.
  std::size_t body_rate = 256;
  std::chrono::milliseconds idle_timeout{120'000};  // between requests of a kept connection
  std::chrono::milliseconds write_timeout{60'000};  // longest time that a client may not take bytes
  std::size_t connection_limit = 4096;
  // Makes the body of answers the server itself gives (400, 403, 404, 405, 408, 413, 431, 500,
  // 503).
  std::function<std::string(const Status&)> error_body;
  // For metrics; while they run nobody attends to the sockets, so they must be quick. Called after
  // each answer, and with the number of connections whenever it changes.
  std::function<void(const AnsweredRequest&)> on_request;
  std::function<void(std::size_t)> on_connections;
};

class Server {
 public:
  // Binds all addresses, or none. ALREADY_EXISTS when a port is taken; the message names the holder
  // where /proc tells. INVALID_ARGUMENT for an address that is not loopback; the message names ssh
  // -L.
  static Result<std::unique_ptr<Server>> Listen(ServerOptions options, Router router);
  virtual ~Server() = default;

  // The bound addresses, with the real ports.
  virtual std::vector<std::string> addresses() const = 0;
  // Starts the threads and returns.
  virtual void Start() = 0;
  // No new connections; running requests may end within `grace`; streams get their end. Joins all
  // threads.
  virtual void Stop(std::chrono::milliseconds grace) = 0;
};

}  // namespace mlengine::net
