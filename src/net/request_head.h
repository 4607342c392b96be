// RequestHead from what the HTTP library parsed: the target's path and query, and the origin that
// the client used. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/http.h"

namespace mlengine::net {

// "/a/b?x=1&y" into raw_path and query. In the query a plus is a blank, as forms write it; what
// does not decode stays as it came.
void SetTarget(std::string_view target, RequestHead& head);

// The Host header, with the port of `local_address` ("127.0.0.1:8650") where a loopback host names
// none; `local_address` when there is no Host.
std::string Authority(std::optional<std::string_view> host, std::string_view local_address);

// `message` is a request of the HTTP library, with its header read.
template <typename Message>
Request ToRequest(const Message& message, const std::string& local_address) {
  Request request;
  request.method = std::string(message.method_string());
  SetTarget({message.target().data(), message.target().size()}, request);
  for (const auto& field : message)
    request.headers.Add(std::string(field.name_string()), std::string(field.value()));
  request.scheme_and_host = "http://" + Authority(request.headers.Get("Host"), local_address);
  return request;
}

}  // namespace mlengine::net
