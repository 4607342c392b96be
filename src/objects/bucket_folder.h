// BucketFolder: the folder of one bucket, by file descriptors, so that no name and no symlink can
// lead out of it. Every level is opened by itself without following links.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "objects/listing.h"
#include "objects/object_file.h"

namespace mlengine::objects {

using Levels = std::vector<std::string>;  // what EscapeName gives

class BucketFolder {
 public:
  // NOT_FOUND when `root` (the folder of all buckets) has no such folder.
  static Result<BucketFolder> Open(int root, const std::string& bucket);

  int fd() const { return fd_.get(); }
  UniqueFd OpenTemp() const;  // %tmp, made when missing

  struct Place {
    UniqueFd parent;
    std::string leaf;
    ObjectFile file;
  };
  // The file of an object. NOT_FOUND (message: `what`).
  Result<Place> Find(const Levels& levels, const std::string& what) const;

  struct Parent {
    UniqueFd folder;
    std::size_t blocked = 0;  // > 0: the first `blocked` levels are an object's file, not a folder
  };
  // The folder that is to hold the last level; missing folders are made and synced.
  Result<Parent> MakeParent(const Levels& levels) const;

  // Makes a folder of the object's file at the first `count` levels, which then holds it as %self:
  // one step to readers and crashes. The caller holds that object's lock. OK when it is a folder.
  Status TurnIntoFolder(const Levels& levels, std::size_t count) const;

  // Renames `temp` (in %tmp) to the object's place. ABORTED when the folders changed meanwhile: get
  // the parent again.
  Status Install(const std::string& temp, const Levels& levels, int parent) const;

  // Removes the folders of these levels that are empty, deepest first.
  void Prune(const Levels& levels) const;

  // Offers all names to the listing in byte order; `take` adds the object it is told to.
  using Take = std::function<Status(const std::string& name, ObjectFile file)>;
  Status Walk(Listing& listing, const Take& take) const;

  // Whether there is nothing but empty folders and our own files; a link or a file of an impossible
  // name counts too.
  Result<bool> Empty() const;

 private:
  explicit BucketFolder(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace mlengine::objects
