// FileBuckets: the folder of all buckets: which there are, their own metadata, and what a crash
// left behind. Not locked; the store does that.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "objects/bucket_folder.h"
#include "objects/object_store.h"

namespace mlengine::objects {

class FileBuckets {
 public:
  // Makes the folder when missing and removes half-made things.
  static Result<FileBuckets> Open(const std::string& folder);

  Result<Bucket> Create(Bucket bucket, Time now) const;
  Result<Bucket> Get(const std::string& name) const;
  Result<std::vector<Bucket>> List(const std::string& project) const;  // by name
  Status Delete(const std::string& name) const;
  // NOT_FOUND names the command that makes it.
  Result<BucketFolder> Folder(const std::string& name) const;
  const std::string& path() const { return path_; }

 private:
  FileBuckets(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  std::string path_;
  UniqueFd fd_;
};

}  // namespace mlengine::objects
