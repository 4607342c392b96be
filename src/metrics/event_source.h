// Where event files lie: a bucket of the object store, or a folder of this machine. Both are found
// and read here in the same way. Thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "objects/object_store.h"

namespace mlengine::metrics {

struct FoundFile {
  std::string path;        // gs://BUCKET/OBJECT, or absolute
  std::string below;       // its folder, relative to the one searched: "train", "" for that itself
  std::uint64_t size = 0;  // bytes
  std::string version;     // another one whenever the bytes may be others
};

struct FoundFiles {
  std::vector<FoundFile> files;  // by path
  bool complete = true;          // false: a limit of the search was met
};

struct SearchLimits {
  std::size_t files = 500;       // event files
  std::size_t entries = 20'000;  // names looked at
  int depth = 8;                 // folders below the one searched
};

class EventSource {
 public:
  // The store outlives it.
  explicit EventSource(objects::ObjectStore& objects, SearchLimits limits = {})
      : objects_(objects), limits_(limits) {}

  // The event files below `folder`, gs://BUCKET/… or absolute; none when it is not there. Symbolic
  // links are not followed. INVALID_ARGUMENT when `folder` is neither.
  Result<FoundFiles> Find(const std::string& folder) const;
  // The folder of this machine in which the found file lies as it does in the folder searched: for
  // an object, where the store keeps it as a plain file of the same name. "" when there is none.
  std::string LocalFolder(const FoundFile& file) const;
  // At most `count` bytes of a found file from `offset`; fewer only at its end. NOT_FOUND when it
  // is gone.
  Result<std::string> Read(const FoundFile& file, std::uint64_t offset, std::uint64_t count) const;

 private:
  Result<FoundFiles> FindObjects(const std::string& folder) const;
  FoundFiles FindLocal(const std::string& folder) const;

  objects::ObjectStore& objects_;
  const SearchLimits limits_;
};

}  // namespace mlengine::metrics
