// A request as it comes over the wire: the same whatever pieces it comes in; its path found by the
// router, and who may have sent it.
#include <algorithm>

#include "fuzz_target.h"
#include "net/browser_guard.h"
#include "net/router.h"
#include "net/testing/parse_request.h"

namespace mlengine::fuzz {
namespace {

const net::Router& Doors() {
  static const net::Router router = [] {
    net::Router made;
    for (const char* path :
         {"/v1/projects/{p}/jobs", "/v1/projects/{p}/jobs/{j}", "/v1/projects/{p}/jobs/{j}:cancel",
          "/storage/v1/b/{bucket}/o/{object}", "/storage/v1/b/{b}/o/{o}/rewriteTo/b/{c}/o/{p}",
          "/ui", "/ui/{file=**}", "/{bucket}/{object=**}"}) {
      made.Handle("GET", path, [](net::Request&) { return net::Response{}; });
    }
    made.Handle("POST", "/v1/projects/{p}/jobs", [](net::Request&) { return net::Response{}; });
    return made;
  }();
  return router;
}

bool SameRequest(const net::ParsedRequest& a, const net::ParsedRequest& b) {
  return a.complete == b.complete && a.request.method == b.request.method &&
         a.request.raw_path == b.request.raw_path && a.request.query == b.request.query &&
         a.request.headers.all() == b.request.headers.all() && a.request.body == b.request.body &&
         a.request.scheme_and_host == b.request.scheme_and_host;
}

void CheckRoute(const net::Request& request) {
  const net::Router::Match match = Doors().Find(request.method, request.raw_path);
  if (match.route == nullptr) return;
  const std::string& path = match.route->path_template;
  const auto variables = static_cast<std::size_t>(std::count(path.begin(), path.end(), '{'));
  Require(match.path_values.size() == variables, "a value for each variable of the route");
  for (const std::string& value : match.path_values) {
    Require(!value.empty(), "no value is empty");
    Require(value.size() <= request.raw_path.size(), "a value is part of the path");
  }
}

}  // namespace

FUZZ_TARGET(http_request) {
  constexpr std::size_t kHeaderLimit = 2048;
  const auto whole = net::ParseRequest(bytes, bytes.size(), kHeaderLimit);
  const auto slowly = net::ParseRequest(bytes, 1, kHeaderLimit);
  const auto halves = net::ParseRequest(bytes, bytes.size() / 2 + 1, kHeaderLimit);
  if (!whole.ok()) return RequireInvalid(whole.status());
  Require(whole->consumed <= bytes.size(), "no more is read than came");
  Require(whole->request.body.size() <= bytes.size(), "no more body than came");
  // How much of a header that is too long is looked at depends on the pieces.
  for (const auto* other : {&slowly, &halves}) {
    if (other->ok()) Require(SameRequest(*whole, **other), "pieces change nothing");
    if (!other->ok()) RequireInvalid(other->status());
  }
  const net::Request& request = whole->request;
  Require(!request.method.empty(), "a request has a method");
  Require(request.raw_path.find('?') == std::string::npos, "the query is no part of the path");
  for (const auto& [name, value] : request.headers.all()) {
    Require(name.find_first_of("\r\n:") == std::string::npos, "a header's name is one word");
    Require(value.find_first_of("\r\n") == std::string::npos, "a header's value is one line");
    Require(request.headers.Get(name).has_value(), "a header is found by its name");
  }
  const Status sender = net::CheckSender(request);
  Require(sender.ok() || sender.code() == StatusCode::kPermissionDenied,
          "a sender is refused as such");
  CheckRoute(request);
}

}  // namespace mlengine::fuzz
