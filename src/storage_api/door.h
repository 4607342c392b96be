// Door: what all handlers of the storage API share, and what they read off every request.
#pragma once

#include <memory>
#include <string>

#include "net/http.h"
#include "storage_api/routes.h"
#include "storage_api/upload_session.h"

namespace mlengine::storage_api {

struct Door {
  StorageDeps deps;
  // Null when the folder of uploads cannot be used; `sessions_status` says why.
  std::unique_ptr<UploadSessions> sessions;
  Status sessions_status;
};

// RESOURCE_EXHAUSTED when the disk has no room for that many more bytes.
Status AcceptBytes(const Door& door, std::uint64_t coming);

// The conditions of the query (ifGenerationMatch …), or of x-goog-if-… headers. `prefix` is "if" or
// "ifSource".
Result<objects::Preconditions> ReadConditions(const net::RequestHead& request,
                                              const std::string& prefix = "if");
// The C++ client library, which TensorFlow's plug-in for gs:// is built on. Its faults are met with
// care for it alone: docs/adr/tensorflow-on-gs.md.
bool IsGcloudCpp(const net::RequestHead& request);
// The query's `generation` (or another parameter).
Result<std::optional<std::int64_t>> ReadGeneration(const net::RequestHead& request,
                                                   std::string_view name = "generation");

}  // namespace mlengine::storage_api
