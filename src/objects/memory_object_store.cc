#include "objects/memory_object_store.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "base/digest.h"
#include "objects/bucket_record.h"
#include "objects/crc_combine.h"
#include "objects/listing.h"
#include "objects/object_names.h"
#include "objects/preconditions.h"

namespace mlengine::objects {
namespace {

struct Stored {
  Object object;
  std::shared_ptr<const std::string> bytes;
};
struct StoredBucket {
  Bucket bucket;
  std::map<std::string, Stored> objects;
};

class MemoryReader final : public ObjectReader {
 public:
  explicit MemoryReader(Stored stored) : stored_(std::move(stored)) {}
  const Object& object() const override { return stored_.object; }
  Result<std::string> ReadAt(std::uint64_t offset, std::uint64_t count) override {
    if (offset >= stored_.bytes->size()) return std::string();
    return stored_.bytes->substr(offset, count);
  }

 private:
  const Stored stored_;
};

class MemoryObjectStore final : public ObjectStore {
 public:
  explicit MemoryObjectStore(const Clock& clock) : clock_(clock) {}

  Result<Bucket> CreateBucket(const Bucket& given) override {
    MLENGINE_RETURN_IF_ERROR(CheckBucketName(given.name));
    const std::scoped_lock lock(mutex_);
    if (buckets_.contains(given.name)) {
      return AlreadyExistsError("The bucket gs://" + given.name + " is already there.");
    }
    Bucket bucket = given;
    if (bucket.location.empty()) bucket.location = kDefaultLocation;
    if (bucket.storage_class.empty()) bucket.storage_class = kDefaultStorageClass;
    bucket.created = clock_.Now();
    bucket.metageneration = 1;
    buckets_[bucket.name].bucket = bucket;
    return bucket;
  }
  Result<Bucket> GetBucket(const std::string& name) override {
    const std::scoped_lock lock(mutex_);
    MLENGINE_ASSIGN_OR_RETURN(const StoredBucket* bucket, Find(name));
    return bucket->bucket;
  }
  Result<std::vector<Bucket>> ListBuckets(const std::string& project) override {
    const std::scoped_lock lock(mutex_);
    std::vector<Bucket> out;
    for (const auto& [name, one] : buckets_) {
      const std::string& owner = one.bucket.project;
      if (project.empty() || owner.empty() || owner == project) out.push_back(one.bucket);
    }
    return out;
  }
  Status DeleteBucket(const std::string& name) override {
    const std::scoped_lock lock(mutex_);
    MLENGINE_ASSIGN_OR_RETURN(const StoredBucket* bucket, Find(name));
    if (!bucket->objects.empty()) {
      return FailedPreconditionError("The bucket gs://" + name +
                                     " is not empty; remove its objects first.");
    }
    buckets_.erase(name);
    return OkStatus();
  }

  Result<std::unique_ptr<ObjectWriter>> NewWriter(const std::string& bucket,
                                                  const std::string& name) override;

  Result<Object> Get(const std::string& bucket, const std::string& name,
                     std::optional<std::int64_t> generation) override {
    const std::scoped_lock lock(mutex_);
    MLENGINE_ASSIGN_OR_RETURN(const Stored* stored, Find(bucket, name, generation));
    return stored->object;
  }
  Result<std::unique_ptr<ObjectReader>> Open(const std::string& bucket, const std::string& name,
                                             std::optional<std::int64_t> generation) override {
    const std::scoped_lock lock(mutex_);
    MLENGINE_ASSIGN_OR_RETURN(const Stored* stored, Find(bucket, name, generation));
    return std::unique_ptr<ObjectReader>(std::make_unique<MemoryReader>(*stored));
  }

  Result<ListResult> List(const std::string& name, const ListRequest& request) override {
    const std::scoped_lock lock(mutex_);
    MLENGINE_ASSIGN_OR_RETURN(const StoredBucket* bucket, Find(name));
    MLENGINE_ASSIGN_OR_RETURN(Listing listing, Listing::Start(request));
    auto at = bucket->objects.lower_bound(listing.bound());
    while (at != bucket->objects.end() && !listing.stopped()) {
      if (listing.Offer(at->first) == Listing::Answer::kTake) listing.Take(at->second.object);
      ++at;
    }
    return std::move(listing).Finish();
  }

  Status Delete(const std::string& bucket, const std::string& name,
                const Preconditions& conditions) override {
    const std::scoped_lock lock(mutex_);
    MLENGINE_RETURN_IF_ERROR(Judge(bucket, name, conditions).status());
    MLENGINE_RETURN_IF_ERROR(Find(bucket, name, {}).status());
    buckets_[bucket].objects.erase(name);
    return OkStatus();
  }

  Result<Object> Copy(const std::string& from_bucket, const std::string& from_name,
                      const std::string& to_bucket, const std::string& to_name,
                      const std::optional<ObjectMetadata>& metadata,
                      const Preconditions& conditions) override {
    const std::scoped_lock lock(mutex_);
    MLENGINE_ASSIGN_OR_RETURN(const Stored* source, Find(from_bucket, from_name, {}));
    Stored copy = *source;
    if (metadata) copy.object.metadata = *metadata;
    return Put(to_bucket, to_name, std::move(copy), conditions);
  }

  Result<Object> Compose(const std::string& bucket, const std::vector<std::string>& sources,
                         const std::string& name, const ObjectMetadata& metadata,
                         const Preconditions& conditions) override {
    const std::scoped_lock lock(mutex_);
    Stored whole;
    std::string bytes;
    whole.object.crc32c = 0;
    whole.object.component_count = 0;
    for (const std::string& one : sources) {
      MLENGINE_ASSIGN_OR_RETURN(const Stored* source, Find(bucket, one, {}));
      bytes += *source->bytes;
      whole.object.crc32c =
          CombineCrc32c(*whole.object.crc32c, *source->object.crc32c, source->bytes->size());
      whole.object.component_count =
          *whole.object.component_count + source->object.component_count.value_or(1);
    }
    whole.object.metadata = metadata;
    whole.bytes = std::make_shared<const std::string>(std::move(bytes));
    return Put(bucket, name, std::move(whole), conditions);
  }

  Result<Object> UpdateMetadata(const std::string& bucket, const std::string& name,
                                const ObjectMetadata& metadata,
                                const Preconditions& conditions) override {
    const std::scoped_lock lock(mutex_);
    MLENGINE_RETURN_IF_ERROR(Judge(bucket, name, conditions).status());
    MLENGINE_RETURN_IF_ERROR(Find(bucket, name, {}).status());
    Object& object = buckets_[bucket].objects[name].object;
    object.metadata = metadata;
    ++object.metageneration;
    object.updated = clock_.Now();
    return object;
  }

  Result<std::string> LocalPath(const std::string&, const std::string&) override {
    return UnimplementedError("objects in memory have no files");
  }

  Result<Object> Commit(const std::string& bucket, const std::string& name, Stored stored,
                        const Preconditions& conditions) {
    const std::scoped_lock lock(mutex_);
    return Put(bucket, name, std::move(stored), conditions);
  }

 private:
  Result<StoredBucket*> Find(const std::string& name) {
    MLENGINE_RETURN_IF_ERROR(CheckBucketName(name));
    const auto at = buckets_.find(name);
    if (at != buckets_.end()) return &at->second;
    return NotFoundError("The specified bucket does not exist: " + name +
                         ". Make it with: mlengine storage mb gs://" + name);
  }
  Result<const Stored*> Find(const std::string& bucket, const std::string& name,
                             std::optional<std::int64_t> generation) {
    MLENGINE_RETURN_IF_ERROR(CheckObjectName(name));
    MLENGINE_ASSIGN_OR_RETURN(const StoredBucket* in, Find(bucket));
    const auto at = in->objects.find(name);
    if (at == in->objects.end() || (generation && at->second.object.generation != *generation)) {
      return NotFoundError("No such object: " + bucket + "/" + name);
    }
    return &at->second;
  }
  // The live generation, 0 for none, when the conditions hold.
  Result<std::int64_t> Judge(const std::string& bucket, const std::string& name,
                             const Preconditions& conditions) {
    MLENGINE_RETURN_IF_ERROR(CheckObjectName(name));
    MLENGINE_ASSIGN_OR_RETURN(const StoredBucket* in, Find(bucket));
    const auto at = in->objects.find(name);
    const Object* live = at == in->objects.end() ? nullptr : &at->second.object;
    MLENGINE_RETURN_IF_ERROR(CheckPreconditions(conditions, live));
    return live == nullptr ? 0 : live->generation;
  }
  Result<Object> Put(const std::string& bucket, const std::string& name, Stored stored,
                     const Preconditions& conditions) {
    MLENGINE_ASSIGN_OR_RETURN(const std::int64_t live, Judge(bucket, name, conditions));
    Object& object = stored.object;
    object.bucket = bucket;
    object.name = name;
    object.size = stored.bytes->size();
    last_generation_ =
        std::max<std::int64_t>({ToUnixNanos(clock_.Now()) / 1000, last_generation_ + 1, live + 1});
    object.generation = last_generation_;
    object.metageneration = 1;
    object.created = object.updated = clock_.Now();
    Object answer = object;
    buckets_[bucket].objects[name] = std::move(stored);
    return answer;
  }

  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, StoredBucket> buckets_;
  std::int64_t last_generation_ = 0;
};

class MemoryWriter final : public ObjectWriter {
 public:
  MemoryWriter(MemoryObjectStore& store, std::string bucket, std::string name)
      : store_(store), bucket_(std::move(bucket)), name_(std::move(name)) {}
  Status Write(std::string_view bytes) override {
    bytes_ += bytes;
    return OkStatus();
  }
  std::uint64_t size() const override { return bytes_.size(); }
  std::string md5() override {
    Hasher hasher(Hasher::Kind::kMd5);
    hasher.Update(bytes_);
    return hasher.Finish();
  }
  std::uint32_t crc32c() const override { return ExtendCrc32c(0, bytes_); }
  Result<Object> Commit(const ObjectMetadata& metadata, const Preconditions& conditions) override {
    Stored stored;
    stored.object.md5 = md5();
    stored.object.crc32c = crc32c();
    stored.object.metadata = metadata;
    stored.bytes = std::make_shared<const std::string>(bytes_);
    return store_.Commit(bucket_, name_, std::move(stored), conditions);
  }

 private:
  MemoryObjectStore& store_;
  const std::string bucket_;
  const std::string name_;
  std::string bytes_;
};

Result<std::unique_ptr<ObjectWriter>> MemoryObjectStore::NewWriter(const std::string& bucket,
                                                                   const std::string& name) {
  MLENGINE_RETURN_IF_ERROR(CheckObjectName(name));
  const std::scoped_lock lock(mutex_);
  MLENGINE_RETURN_IF_ERROR(Find(bucket).status());
  return std::unique_ptr<ObjectWriter>(std::make_unique<MemoryWriter>(*this, bucket, name));
}

}  // namespace

std::unique_ptr<ObjectStore> NewMemoryObjectStore(const Clock& clock) {
  return std::make_unique<MemoryObjectStore>(clock);
}

}  // namespace mlengine::objects
