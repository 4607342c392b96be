#include "objects/file_object_store.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <functional>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "base/crash_point.h"
#include "base/digest.h"
#include "base/file_system.h"
#include "objects/bucket_folder.h"
#include "objects/crc_combine.h"
#include "objects/file_buckets.h"
#include "objects/name_escape.h"
#include "objects/object_names.h"
#include "objects/preconditions.h"
#include "objects/temp_object.h"

namespace mlengine::objects {
namespace {

constexpr std::size_t kStripes = 256;
constexpr int kAttempts = 1000;                    // of a commit whose folders others remove
constexpr std::uint64_t kSyncEarly = 1U << 20;     // bytes; larger ones are synced without the lock
constexpr std::uint64_t kLargestRead = 64U << 20;  // bytes in one ReadAt

Status Missing(const std::string& bucket, const std::string& name) {
  return NotFoundError("No such object: " + bucket + "/" + name);
}

class FileReader final : public ObjectReader {
 public:
  FileReader(ObjectFile file, Object object) : file_(std::move(file)), object_(std::move(object)) {}
  const Object& object() const override { return object_; }

  Result<std::string> ReadAt(std::uint64_t offset, std::uint64_t count) override {
    std::string out;
    if (offset >= object_.size) return out;
    out.resize(std::min({count, object_.size - offset, kLargestRead}));
    std::size_t done = 0;
    while (done < out.size()) {
      const ssize_t n = ::pread(file_.fd.get(), out.data() + done, out.size() - done,
                                static_cast<off_t>(offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return ErrnoError(errno, "read " + object_.name);
      if (n == 0) break;
      done += static_cast<std::size_t>(n);
    }
    struct stat now = {};
    if (::fstat(file_.fd.get(), &now) != 0) return ErrnoError(errno, "stat " + object_.name);
    if (done < out.size() || FileTimeNanos(now) != FileTimeNanos(file_.stat)) {
      return AbortedError("the file of " + object_.bucket + "/" + object_.name +
                          " was changed while it was read; read it again");
    }
    return out;
  }

 private:
  ObjectFile file_;
  Object object_;
};

class FileObjectStore final : public ObjectStore {
 public:
  FileObjectStore(FileBuckets buckets, const Clock& clock)
      : buckets_(std::move(buckets)), clock_(clock) {}

  Result<Bucket> CreateBucket(const Bucket& bucket) override {
    const std::unique_lock lock(buckets_mutex_);
    return buckets_.Create(bucket, clock_.Now());
  }
  Result<Bucket> GetBucket(const std::string& name) override { return buckets_.Get(name); }
  Result<std::vector<Bucket>> ListBuckets(const std::string& project) override {
    return buckets_.List(project);
  }
  Status DeleteBucket(const std::string& name) override {
    const std::unique_lock lock(buckets_mutex_);
    return buckets_.Delete(name);
  }

  Result<std::unique_ptr<ObjectWriter>> NewWriter(const std::string& bucket,
                                                  const std::string& name) override;

  Result<Object> Get(const std::string& bucket, const std::string& name,
                     std::optional<std::int64_t> generation) override {
    MLENGINE_ASSIGN_OR_RETURN(const BucketFolder folder, FolderFor(bucket, name));
    MLENGINE_ASSIGN_OR_RETURN(const auto found, Find(folder, bucket, name, generation));
    return Describe(folder, found.file, bucket, name, true);
  }

  Result<std::unique_ptr<ObjectReader>> Open(const std::string& bucket, const std::string& name,
                                             std::optional<std::int64_t> generation) override {
    MLENGINE_ASSIGN_OR_RETURN(const BucketFolder folder, FolderFor(bucket, name));
    MLENGINE_ASSIGN_OR_RETURN(auto found, Find(folder, bucket, name, generation));
    Object object = Describe(folder, found.file, bucket, name, false);
    return std::unique_ptr<ObjectReader>(
        std::make_unique<FileReader>(std::move(found.file), std::move(object)));
  }

  Result<ListResult> List(const std::string& bucket, const ListRequest& request) override {
    MLENGINE_ASSIGN_OR_RETURN(const BucketFolder folder, buckets_.Folder(bucket));
    MLENGINE_ASSIGN_OR_RETURN(Listing listing, Listing::Start(request));
    MLENGINE_RETURN_IF_ERROR(
        folder.Walk(listing, [&](const std::string& name, const ObjectFile& file) {
          listing.Take(Describe(folder, file, bucket, name, request.with_hashes));
          return OkStatus();
        }));
    return std::move(listing).Finish();
  }

  Status Delete(const std::string& bucket, const std::string& name,
                const Preconditions& conditions) override;
  Result<Object> Copy(const std::string& from_bucket, const std::string& from_name,
                      const std::string& to_bucket, const std::string& to_name,
                      const std::optional<ObjectMetadata>& metadata,
                      const Preconditions& conditions) override;
  Result<Object> Compose(const std::string& bucket, const std::vector<std::string>& sources,
                         const std::string& name, const ObjectMetadata& metadata,
                         const Preconditions& conditions) override;
  Result<Object> UpdateMetadata(const std::string& bucket, const std::string& name,
                                const ObjectMetadata& metadata,
                                const Preconditions& conditions) override;

  Result<std::string> LocalPath(const std::string& bucket, const std::string& name) override {
    MLENGINE_ASSIGN_OR_RETURN(const BucketFolder folder, FolderFor(bucket, name));
    MLENGINE_ASSIGN_OR_RETURN(const auto found, Find(folder, bucket, name, {}));
    std::string path = JoinPath(buckets_.path(), bucket);
    for (const std::string& level : EscapeName(name)) path = JoinPath(path, level);
    return found.leaf == kSelfLeaf ? JoinPath(path, kSelfLeaf) : path;
  }

  // Makes the written bytes the live object. `record` has digests, metadata and component count;
  // the rest is filled in.
  Result<Object> Install(TempObject& temp, const std::string& bucket, const std::string& name,
                         ObjectRecord record, const Preconditions& conditions);

 private:
  Result<BucketFolder> FolderFor(const std::string& bucket, const std::string& name) const {
    MLENGINE_RETURN_IF_ERROR(CheckObjectName(name));
    return buckets_.Folder(bucket);
  }

  // The object's file, its record's generation checked when one is given.
  Result<BucketFolder::Place> Find(const BucketFolder& folder, const std::string& bucket,
                                   const std::string& name,
                                   std::optional<std::int64_t> generation) const {
    const Status missing = Missing(bucket, name);
    MLENGINE_ASSIGN_OR_RETURN(BucketFolder::Place place,
                              folder.Find(EscapeName(name), missing.message()));
    if (generation && RecordOf(folder, place.file).generation != *generation) {
      return NotFoundError(missing.message() + "#" + std::to_string(*generation));
    }
    return place;
  }

  static ObjectRecord RecordOf(const BucketFolder& folder, const ObjectFile& file) {
    return RecordFor(ReadRecord(folder.fd(), file), FileSize(file.stat), FileTimeNanos(file.stat));
  }

  // With `hashes`, reads a dropped file for its digests and keeps them with it.
  Object Describe(const BucketFolder& folder, const ObjectFile& file, const std::string& bucket,
                  const std::string& name, bool hashes);

  // Nothing when there is no such object.
  Result<std::optional<BucketFolder::Place>> Live(const BucketFolder& folder, const Levels& levels,
                                                  const std::string& bucket,
                                                  const std::string& name,
                                                  const Preconditions& conditions,
                                                  std::int64_t& generation) const;
  Result<Object> TryInstall(TempObject& temp, const std::string& bucket, const std::string& name,
                            const Levels& levels, ObjectRecord& record,
                            const Preconditions& conditions);

  std::mutex& LockOf(const std::string& bucket, const Levels& levels, std::size_t count) {
    std::size_t hash = std::hash<std::string>()(bucket);
    for (std::size_t i = 0; i < count; ++i) {
      hash = hash * 1'000'003 + std::hash<std::string>()(levels[i]);
    }
    return stripes_[hash % kStripes];
  }

  std::int64_t NextGeneration(std::int64_t live) {
    const std::int64_t now = ToUnixNanos(clock_.Now()) / 1000;
    std::int64_t last = last_generation_.load();
    std::int64_t next = 0;
    do {
      next = std::max({now, last + 1, live + 1});
    } while (!last_generation_.compare_exchange_weak(last, next));
    return next;
  }

  FileBuckets buckets_;
  const Clock& clock_;
  // Shared by whoever changes objects, alone for who makes or removes buckets. Taken before a
  // stripe; never two stripes at once.
  std::shared_mutex buckets_mutex_;
  std::array<std::mutex, kStripes> stripes_;
  std::atomic<std::int64_t> last_generation_{0};
};

class FileWriter final : public ObjectWriter {
 public:
  FileWriter(FileObjectStore& store, TempObject temp, std::string bucket, std::string name)
      : store_(store), temp_(std::move(temp)), bucket_(std::move(bucket)), name_(std::move(name)) {}

  Status Write(std::string_view bytes) override {
    if (!md5_.empty()) return InternalError("a write to a finished object");
    MLENGINE_RETURN_IF_ERROR(temp_.Append(bytes));
    hasher_.Update(bytes);
    crc32c_ = ExtendCrc32c(crc32c_, bytes);
    return OkStatus();
  }
  std::uint64_t size() const override { return temp_.size(); }
  std::string md5() override {
    if (md5_.empty()) md5_ = hasher_.Finish();
    return md5_;
  }
  std::uint32_t crc32c() const override { return crc32c_; }

  Result<Object> Commit(const ObjectMetadata& metadata, const Preconditions& conditions) override {
    ObjectRecord record;
    record.crc32c = crc32c_;
    record.md5 = md5();
    record.metadata = metadata;
    return store_.Install(temp_, bucket_, name_, std::move(record), conditions);
  }

 private:
  FileObjectStore& store_;
  TempObject temp_;
  const std::string bucket_;
  const std::string name_;
  Hasher hasher_{Hasher::Kind::kMd5};
  std::string md5_;
  std::uint32_t crc32c_ = 0;
};

Result<std::unique_ptr<ObjectWriter>> FileObjectStore::NewWriter(const std::string& bucket,
                                                                 const std::string& name) {
  MLENGINE_ASSIGN_OR_RETURN(BucketFolder folder, FolderFor(bucket, name));
  MLENGINE_ASSIGN_OR_RETURN(TempObject temp, TempObject::Create(std::move(folder)));
  return std::unique_ptr<ObjectWriter>(
      std::make_unique<FileWriter>(*this, std::move(temp), bucket, name));
}

Object FileObjectStore::Describe(const BucketFolder& folder, const ObjectFile& file,
                                 const std::string& bucket, const std::string& name, bool hashes) {
  ObjectRecord record = RecordOf(folder, file);
  if (!hashes || record.crc32c || !HashFile(file, record).ok()) {
    return ToObject(bucket, name, record);
  }
  const Levels levels = EscapeName(name);
  const std::scoped_lock lock(LockOf(bucket, levels, levels.size()));
  struct stat now = {};
  const bool unchanged = ::fstat(file.fd.get(), &now) == 0 && now.st_nlink > 0 &&
                         FileTimeNanos(now) == record.mtime_ns && FileSize(now) == record.size &&
                         !RecordOf(folder, file).crc32c;
  // Only a cache: a file that we may not mark is read again next time.
  if (unchanged) static_cast<void>(WriteRecord(folder.fd(), file, record));
  return ToObject(bucket, name, record);
}

Result<std::optional<BucketFolder::Place>> FileObjectStore::Live(
    const BucketFolder& folder, const Levels& levels, const std::string& bucket,
    const std::string& name, const Preconditions& conditions, std::int64_t& generation) const {
  Result<BucketFolder::Place> place = folder.Find(levels, Missing(bucket, name).message());
  if (!place.ok() && place.status().code() != StatusCode::kNotFound) return place.status();
  std::optional<Object> object;
  if (place.ok()) object = ToObject(bucket, name, RecordOf(folder, place->file));
  MLENGINE_RETURN_IF_ERROR(CheckPreconditions(conditions, object ? &*object : nullptr));
  generation = object ? object->generation : 0;
  if (!place.ok()) return std::optional<BucketFolder::Place>();
  return std::optional<BucketFolder::Place>(*std::move(place));
}

Result<Object> FileObjectStore::Install(TempObject& temp, const std::string& bucket,
                                        const std::string& name, ObjectRecord record,
                                        const Preconditions& conditions) {
  const Levels levels = EscapeName(name);
  if (temp.size() > kSyncEarly) MLENGINE_RETURN_IF_ERROR(temp.Sync());
  const std::shared_lock shared(buckets_mutex_);
  struct stat there = {};
  struct stat ours = {};
  MLENGINE_ASSIGN_OR_RETURN(const BucketFolder now, buckets_.Folder(bucket));
  if (::fstat(now.fd(), &there) != 0 || ::fstat(temp.folder().fd(), &ours) != 0 ||
      there.st_ino != ours.st_ino) {
    return NotFoundError("The bucket gs://" + bucket + " was removed meanwhile.");
  }
  Result<Object> object = AbortedError("not tried");
  for (int i = 0; i < kAttempts && !object.ok(); ++i) {
    object = TryInstall(temp, bucket, name, levels, record, conditions);
    if (!object.ok() && object.status().code() != StatusCode::kAborted) break;
  }
  if (!object.ok()) temp.folder().Prune(levels);
  return object;
}

Result<Object> FileObjectStore::TryInstall(TempObject& temp, const std::string& bucket,
                                           const std::string& name, const Levels& levels,
                                           ObjectRecord& record, const Preconditions& conditions) {
  const BucketFolder& folder = temp.folder();
  std::int64_t live_generation = 0;
  // Before anything is made for it; looked at again under the lock.
  MLENGINE_RETURN_IF_ERROR(
      Live(folder, levels, bucket, name, conditions, live_generation).status());
  MLENGINE_ASSIGN_OR_RETURN(const BucketFolder::Parent parent, folder.MakeParent(levels));
  if (parent.blocked > 0) {
    const std::scoped_lock lock(LockOf(bucket, levels, parent.blocked));
    MLENGINE_RETURN_IF_ERROR(folder.TurnIntoFolder(levels, parent.blocked));
    return AbortedError("again, now with the folder");
  }
  const std::scoped_lock lock(LockOf(bucket, levels, levels.size()));
  MLENGINE_ASSIGN_OR_RETURN(const auto live,
                            Live(folder, levels, bucket, name, conditions, live_generation));
  MLENGINE_ASSIGN_OR_RETURN(const ObjectFile file, temp.File());
  record.size = FileSize(file.stat);
  record.mtime_ns = FileTimeNanos(file.stat);
  record.generation = NextGeneration(live_generation);
  record.metageneration = 1;
  record.created = record.updated = clock_.Now();
  MLENGINE_RETURN_IF_ERROR(WriteRecord(folder.fd(), file, record));
  MLENGINE_RETURN_IF_ERROR(temp.Sync());
  CrashPoint("rename.before object");
  MLENGINE_RETURN_IF_ERROR(folder.Install(temp.name(), levels, parent.folder.get()));
  CrashPoint("rename.after object");
  temp.Installed();
  if (live) ForgetRecord(folder.fd(), live->file);
  return ToObject(bucket, name, record);
}

Status FileObjectStore::Delete(const std::string& bucket, const std::string& name,
                               const Preconditions& conditions) {
  const std::shared_lock shared(buckets_mutex_);
  MLENGINE_ASSIGN_OR_RETURN(const BucketFolder folder, FolderFor(bucket, name));
  const Levels levels = EscapeName(name);
  {
    const std::scoped_lock lock(LockOf(bucket, levels, levels.size()));
    std::int64_t generation = 0;
    MLENGINE_ASSIGN_OR_RETURN(const auto live,
                              Live(folder, levels, bucket, name, conditions, generation));
    if (!live) return Missing(bucket, name);
    CrashPoint("remove.before object");
    if (::unlinkat(live->parent.get(), live->leaf.c_str(), 0) != 0) {
      return ErrnoError(errno, "remove " + bucket + "/" + name);
    }
    if (::fsync(live->parent.get()) != 0 && errno != EINVAL) {
      return ErrnoError(errno, "sync the folder of " + bucket + "/" + name);
    }
    ForgetRecord(folder.fd(), live->file);
  }
  folder.Prune(levels);
  return OkStatus();
}

Result<Object> FileObjectStore::Copy(const std::string& from_bucket, const std::string& from_name,
                                     const std::string& to_bucket, const std::string& to_name,
                                     const std::optional<ObjectMetadata>& metadata,
                                     const Preconditions& conditions) {
  MLENGINE_ASSIGN_OR_RETURN(const BucketFolder from, FolderFor(from_bucket, from_name));
  MLENGINE_ASSIGN_OR_RETURN(const auto source, Find(from, from_bucket, from_name, {}));
  const Object object = Describe(from, source.file, from_bucket, from_name, true);
  MLENGINE_ASSIGN_OR_RETURN(BucketFolder to, FolderFor(to_bucket, to_name));
  MLENGINE_ASSIGN_OR_RETURN(TempObject temp, TempObject::Create(std::move(to)));
  MLENGINE_RETURN_IF_ERROR(temp.AppendFile(source.file));
  ObjectRecord record;
  record.crc32c = object.crc32c;
  record.md5 = object.md5;
  record.component_count = object.component_count;
  record.metadata = metadata.value_or(object.metadata);
  return Install(temp, to_bucket, to_name, std::move(record), conditions);
}

Result<Object> FileObjectStore::Compose(const std::string& bucket,
                                        const std::vector<std::string>& sources,
                                        const std::string& name, const ObjectMetadata& metadata,
                                        const Preconditions& conditions) {
  MLENGINE_ASSIGN_OR_RETURN(BucketFolder to, FolderFor(bucket, name));
  MLENGINE_ASSIGN_OR_RETURN(TempObject temp, TempObject::Create(std::move(to)));
  ObjectRecord record;
  record.crc32c = 0;
  record.component_count = 0;
  for (const std::string& source : sources) {
    MLENGINE_ASSIGN_OR_RETURN(const BucketFolder folder, FolderFor(bucket, source));
    MLENGINE_ASSIGN_OR_RETURN(const auto found, Find(folder, bucket, source, {}));
    const Object object = Describe(folder, found.file, bucket, source, true);
    MLENGINE_RETURN_IF_ERROR(temp.AppendFile(found.file));
    record.component_count = *record.component_count + object.component_count.value_or(1);
    if (!object.crc32c) record.crc32c.reset();
    if (record.crc32c) {
      record.crc32c = CombineCrc32c(*record.crc32c, *object.crc32c, object.size);
    }
  }
  record.metadata = metadata;
  return Install(temp, bucket, name, std::move(record), conditions);
}

Result<Object> FileObjectStore::UpdateMetadata(const std::string& bucket, const std::string& name,
                                               const ObjectMetadata& metadata,
                                               const Preconditions& conditions) {
  const std::shared_lock shared(buckets_mutex_);
  MLENGINE_ASSIGN_OR_RETURN(const BucketFolder folder, FolderFor(bucket, name));
  const Levels levels = EscapeName(name);
  {
    const std::scoped_lock lock(LockOf(bucket, levels, levels.size()));
    std::int64_t generation = 0;
    MLENGINE_ASSIGN_OR_RETURN(const auto live,
                              Live(folder, levels, bucket, name, conditions, generation));
    if (!live) return Missing(bucket, name);
    ObjectRecord record = RecordOf(folder, live->file);
    record.metadata = metadata;
    ++record.metageneration;
    record.updated = clock_.Now();
    MLENGINE_RETURN_IF_ERROR(WriteRecord(folder.fd(), live->file, record));
    if (::fsync(live->file.fd.get()) != 0) return ErrnoError(errno, "sync " + bucket + "/" + name);
  }
  return Get(bucket, name, {});
}

}  // namespace

Result<std::unique_ptr<ObjectStore>> OpenFileObjectStore(const std::string& folder,
                                                         const Clock& clock) {
  MLENGINE_ASSIGN_OR_RETURN(FileBuckets buckets, FileBuckets::Open(folder));
  return std::unique_ptr<ObjectStore>(std::make_unique<FileObjectStore>(std::move(buckets), clock));
}

}  // namespace mlengine::objects
