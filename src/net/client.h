// Client: one blocking HTTP/1.1 connection to one origin, kept alive between calls. Not for several
// threads at once.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http.h"

namespace mlengine::net {

struct ClientRequest {
  std::string method = "GET";
  std::string target;  // raw path with query, percent-encoded by the caller
  Headers headers;
  std::string body;
  // When set, called for the body piece by piece instead of `body` (an empty piece ends it);
  // `body_length` in bytes.
  std::function<Result<std::string>()> body_source;
  std::uint64_t body_length = 0;
};

struct ClientResponse {
  int status = 0;
  Headers headers;
  std::string body;
};

class Client {
 public:
  // `origin` is "http://host:port" (a path after it is kept as prefix of every target).
  static Result<std::unique_ptr<Client>> Create(const std::string& origin);
  virtual ~Client() = default;

  // UNAVAILABLE when nobody listens (message names the origin), DEADLINE_EXCEEDED on silence.
  virtual Result<ClientResponse> Call(
      const ClientRequest& request,
      std::chrono::milliseconds timeout = std::chrono::seconds(60)) = 0;
  // Streams the answer's body to `on_data` as it arrives; returning false from it stops the call
  // with CANCELLED. An answer that is not 2xx is returned whole, with its body, and never streamed.
  // `timeout` bounds silence.
  virtual Result<ClientResponse> Stream(
      const ClientRequest& request, const std::function<bool(std::string_view)>& on_data,
      std::chrono::milliseconds timeout = std::chrono::seconds(60)) = 0;
};

}  // namespace mlengine::net
