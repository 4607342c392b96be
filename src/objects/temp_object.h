// TempObject: bytes on their way to becoming an object: a file in the bucket's %tmp folder, removed
// with this unless it was installed. One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "objects/bucket_folder.h"

namespace mlengine::objects {

class TempObject {
 public:
  static Result<TempObject> Create(BucketFolder folder);
  TempObject(TempObject&& other) noexcept;
  TempObject& operator=(TempObject&&) = delete;
  ~TempObject();

  // RESOURCE_EXHAUSTED when the disk is full.
  Status Append(std::string_view bytes);
  // All bytes of an open file, shared with it where the file system can.
  Status AppendFile(const ObjectFile& from);
  Status Sync();

  const BucketFolder& folder() const { return folder_; }
  const std::string& name() const { return name_; }
  std::uint64_t size() const { return size_; }  // bytes
  // The file with its stats of now.
  Result<ObjectFile> File() const;
  void Installed() { name_.clear(); }

 private:
  TempObject(BucketFolder folder, UniqueFd fd, std::string name)
      : folder_(std::move(folder)), fd_(std::move(fd)), name_(std::move(name)) {}

  BucketFolder folder_;
  UniqueFd fd_;
  std::string name_;  // in %tmp; "" once installed
  std::uint64_t size_ = 0;
};

}  // namespace mlengine::objects
