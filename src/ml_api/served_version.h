// ServedVersions: which version of which model answers a request, with the records in memory: the
// store's change feed says what is no longer so. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"
#include "store/model_store.h"

namespace mlengine::ml_api {

struct ServedVersion {
  std::shared_ptr<const engine::v1::ModelRecord> model;
  std::shared_ptr<const engine::v1::VersionRecord> version;  // READY
  std::uint64_t number = 0;  // how many requests of the model came before
};

class ServedVersions final {
 public:
  explicit ServedVersions(store::ModelStore& store);  // outlives it
  ~ServedVersions();

  // The version of that short name; with "" the one whose turn it is by the model's traffic, else
  // the default one. NOT_FOUND for what is not there, FAILED_PRECONDITION for what is not READY, in
  // the words of the answer.
  Result<ServedVersion> Find(const std::string& project, const std::string& model,
                             const std::string& version);

 private:
  using Record = std::shared_ptr<const store::ResourceRecord>;
  // Requests of one model.
  struct Counts {
    std::uint64_t all = 0;
    std::uint64_t shared = 0;  // by its traffic
  };
  Result<Record> Get(const store::ResourceKey& key);
  Counts Count(const store::ResourceKey& model, bool shared);

  store::ModelStore& store_;
  std::int64_t subscription_ = 0;

  std::mutex mutex_;
  std::map<store::ResourceKey, Record> records_;  // guarded by mutex_, as below
  std::uint64_t changes_ = 0;
  std::map<store::ResourceKey, Counts> counts_;
};

}  // namespace mlengine::ml_api
