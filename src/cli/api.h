// Api: calls to the server in JSON, with the errors a person can act on and retries where they are
// safe.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/client.h"

namespace mlengine::cli {

struct Session;
class Invocation;

class Api {
 public:
  // Reads --project and --endpoint; does not connect yet.
  static Result<std::unique_ptr<Api>> Open(const Invocation& invocation, Session& session);

  const std::string& project() const { return project_; }
  const std::string& endpoint() const { return endpoint_; }

  // The answer's JSON. UNAVAILABLE when no server is there (the message says how to start one); an
  // API error as the Status it carries. Made again as by CallAgain.
  Result<boost::json::value> Json(const std::string& method, const std::string& target,
                                  const boost::json::value* body = nullptr,
                                  net::Headers headers = {});
  // One call, no retry: the raw answer of whatever status.
  Result<net::ClientResponse> Call(const net::ClientRequest& request);
  // The same, made again after 5xx and after a connection that was lost once there was one: for
  // calls that may arrive twice.
  Result<net::ClientResponse> CallAgain(const net::ClientRequest& request);
  Result<net::ClientResponse> Stream(const net::ClientRequest& request,
                                     const std::function<bool(std::string_view)>& on_data,
                                     std::chrono::milliseconds silence);
  // Drops the connection, so that the next call makes a fresh one.
  void Reset() { client_.reset(); }

  // "/v1/projects/P/jobs/J" from {"jobs", "J"}; every part is percent-encoded.
  std::string MlPath(const std::vector<std::string>& parts) const;
  // The same below our own door: "/mlengine/v1/projects/P/jobs/J".
  std::string OwnPath(const std::vector<std::string>& parts) const;

 private:
  Api(Session& session, std::string project, std::string endpoint)
      : session_(session), project_(std::move(project)), endpoint_(std::move(endpoint)) {}
  Status Connect();
  Status Explain(const Status& status) const;

  Session& session_;
  std::string project_;
  std::string endpoint_;
  std::unique_ptr<net::Client> client_;
  bool answered_ = false;  // the server has been there in this run
};

// The Status of an error answer: its canonical code, message and field violations; also for bodies
// without JSON.
Status ErrorFromResponse(const net::ClientResponse& response);

// What is printed after "ERROR: (command) ": as gcloud words it, violations below as YAML.
std::string ErrorText(const Status& status, std::string_view project);

// A JSON object's string member, or "".
std::string TextAt(const boost::json::value& value, std::string_view key);

}  // namespace mlengine::cli
