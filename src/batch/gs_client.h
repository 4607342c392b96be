// GsClient: the objects of a batch prediction, through the engine's own HTTP door. A door that is
// not there is waited for: the engine may be starting again. For one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/client.h"

namespace mlengine::batch {

struct ObjectInfo {
  std::string bucket;
  std::string name;
  std::uint64_t size = 0;  // bytes
  std::int64_t generation = 0;
  std::map<std::string, std::string> metadata;

  std::string Url() const { return "gs://" + bucket + "/" + name; }
};

class GsClient {
 public:
  // "http://127.0.0.1:8650".
  explicit GsClient(std::string endpoint) : endpoint_(std::move(endpoint)) {}

  // All objects whose names begin so, by name.
  Result<std::vector<ObjectInfo>> List(const std::string& bucket, const std::string& prefix);
  // NOT_FOUND.
  Result<ObjectInfo> Get(const std::string& bucket, const std::string& name);
  // So many bytes of that generation from `offset`, fewer at its end.
  Result<std::string> Read(const ObjectInfo& object, std::uint64_t offset, std::uint64_t count);
  // A new object: durable when this returns OK. ALREADY_EXISTS when another writer's is there.
  Status Create(const std::string& bucket, const std::string& name, const std::string& body,
                const std::map<std::string, std::string>& metadata);
  // At most 32 sources, of the same bucket. Replaces what has that name.
  Status Compose(const std::string& bucket, const std::vector<std::string>& sources,
                 const std::string& name, const std::map<std::string, std::string>& metadata);
  // OK when it is gone, or was.
  Status Delete(const std::string& bucket, const std::string& name);

 private:
  // Until there is an answer that says something: OK or refused.
  Result<net::ClientResponse> Call(const net::ClientRequest& request);
  Result<net::ClientResponse> CallOnce(const net::ClientRequest& request);

  const std::string endpoint_;
  std::unique_ptr<net::Client> client_;
};

}  // namespace mlengine::batch
