// ObjectStore: buckets and immutable, versioned objects, as the storage API shows them. It knows
// nothing of ML or HTTP. Implementations: file_object_store.h (plain files), memory_object_store.h
// (tests); one contract suite runs against all. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace mlengine::objects {

struct Bucket {
  std::string name;
  std::string project;
  std::string location;       // "US-CENTRAL1"
  std::string storage_class;  // "STANDARD"
  Time created;
  std::int64_t metageneration = 1;
};

struct ObjectMetadata {
  std::string content_type;  // "" when none was given
  std::string content_encoding;
  std::string content_disposition;
  std::string content_language;
  std::string cache_control;
  std::map<std::string, std::string> custom;  // "metadata" on the wire
};

struct Object {
  std::string bucket;
  std::string name;
  std::uint64_t size = 0;  // bytes
  std::int64_t generation = 0;
  std::int64_t metageneration = 1;
  std::string md5;                      // raw 16 bytes; empty for composed objects
  std::optional<std::uint32_t> crc32c;  // nothing: not known yet (a dropped file)
  Time created;
  Time updated;
  std::optional<int> component_count;  // of composed objects
  ObjectMetadata metadata;
};

// All given conditions must hold for the live object at the moment of the change; generation 0
// means "must not exist". A failed one is FAILED_PRECONDITION with violation field "condition"
// (HTTP 412).
struct Preconditions {
  std::optional<std::int64_t> if_generation_match = {};
  std::optional<std::int64_t> if_generation_not_match = {};
  std::optional<std::int64_t> if_metageneration_match = {};
  std::optional<std::int64_t> if_metageneration_not_match = {};
};

struct ListRequest {
  std::string prefix = {};
  std::string delimiter = {};  // "" lists flat
  std::string start_offset = {};
  std::string end_offset = {};
  bool include_trailing_delimiter = false;
  // False: md5 and crc32c may be left empty where they are not known yet (a file that a user
  // dropped into the bucket's folder is else read whole).
  bool with_hashes = true;
  int max_results = 1000;
  std::string page_token = {};  // from the last answer
};

struct ListResult {
  std::vector<Object> objects;        // by name, bytewise
  std::vector<std::string> prefixes;  // likewise
  std::string next_page_token;        // "" at the end
};

// A new object being written. Invisible until Commit; dropped with the writer.
class ObjectWriter {
 public:
  virtual ~ObjectWriter() = default;
  virtual Status Write(std::string_view bytes) = 0;
  virtual std::uint64_t size() const = 0;
  // Of all that was written; no Write after it.
  virtual std::string md5() = 0;  // raw
  virtual std::uint32_t crc32c() const = 0;
  // Durable and visible as one step.
  virtual Result<Object> Commit(const ObjectMetadata& metadata,
                                const Preconditions& conditions) = 0;
};

class ObjectReader {
 public:
  virtual ~ObjectReader() = default;
  virtual const Object& object() const = 0;
  // At most `count` bytes from `offset`; fewer only at the end. Reads the generation that was
  // opened, whatever replaced it meanwhile.
  virtual Result<std::string> ReadAt(std::uint64_t offset, std::uint64_t count) = 0;
};

class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  // INVALID_ARGUMENT for a bad name (or a door's name), ALREADY_EXISTS when taken.
  virtual Result<Bucket> CreateBucket(const Bucket& bucket) = 0;
  virtual Result<Bucket> GetBucket(const std::string& name) = 0;
  virtual Result<std::vector<Bucket>> ListBuckets(const std::string& project) = 0;
  // FAILED_PRECONDITION while it holds objects.
  virtual Status DeleteBucket(const std::string& name) = 0;

  // NOT_FOUND when the bucket is missing.
  virtual Result<std::unique_ptr<ObjectWriter>> NewWriter(const std::string& bucket,
                                                          const std::string& name) = 0;
  virtual Result<Object> Get(const std::string& bucket, const std::string& name,
                             std::optional<std::int64_t> generation = {}) = 0;
  virtual Result<std::unique_ptr<ObjectReader>> Open(
      const std::string& bucket, const std::string& name,
      std::optional<std::int64_t> generation = {}) = 0;
  virtual Result<ListResult> List(const std::string& bucket, const ListRequest& request) = 0;
  virtual Status Delete(const std::string& bucket, const std::string& name,
                        const Preconditions& conditions) = 0;
  virtual Result<Object> Copy(const std::string& from_bucket, const std::string& from_name,
                              const std::string& to_bucket, const std::string& to_name,
                              const std::optional<ObjectMetadata>& metadata,
                              const Preconditions& conditions) = 0;
  virtual Result<Object> Compose(const std::string& bucket, const std::vector<std::string>& sources,
                                 const std::string& name, const ObjectMetadata& metadata,
                                 const Preconditions& conditions) = 0;
  virtual Result<Object> UpdateMetadata(const std::string& bucket, const std::string& name,
                                        const ObjectMetadata& metadata,
                                        const Preconditions& conditions) = 0;

  // A local file with the live object's bytes, where the store has one; UNIMPLEMENTED elsewhere.
  virtual Result<std::string> LocalPath(const std::string& bucket, const std::string& name) = 0;
};

// "gs://B/a/b" into B and "a/b". INVALID_ARGUMENT when it is not of that form.
struct GsPath {
  std::string bucket;
  std::string object;  // may be empty
};
Result<GsPath> ParseGsPath(std::string_view uri);

}  // namespace mlengine::objects
