// What every model store makes of a record, asks of a change, and puts into page tokens, in the
// same way.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "store/model_store.h"

namespace mlengine::store {

// The same bytes for equal records.
std::string ResourceBytes(const ResourceRecord& record);

// An operation that is not done.
bool IsOpenOperation(const ResourceRecord& record);

// INVALID_ARGUMENT for a record of another kind than its key's.
Status CheckRecord(const ResourceKey& key, const ResourceRecord& record);

Status NoSuchResource(const ResourceKey& key);
Status ResourceExists(const ResourceKey& key);

// Where a page ended: the name of its last record, or its sequence where the order is by that.
std::string EncodeResourceToken(const ListResourcesQuery& query, const StoredResource& last);
struct ResourcePlace {
  std::string after_name;
  std::int64_t before_sequence = INT64_MAX;
};
// The start for no token. INVALID_ARGUMENT for text that is no token, or one of another list.
Result<ResourcePlace> DecodeResourceToken(const ListResourcesQuery& query);

// Those who wait for changes. Thread-safe.
class ResourceListeners {
 public:
  std::int64_t Add(std::function<void(const ResourceKey&)> listener);
  void Remove(std::int64_t id);
  void Tell(const std::vector<ResourceKey>& changed);

 private:
  std::mutex mutex_;
  std::map<std::int64_t, std::function<void(const ResourceKey&)>> listeners_;
  std::int64_t last_ = 0;
};

}  // namespace mlengine::store
