// Copies and checks of buckets for those who keep a data folder: they read the files as the file
// store lays them out (docs/formats/object_layout.md), and never change what they read.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace mlengine::objects {

// Names of the folders in `root` that are buckets, sorted.
Result<std::vector<std::string>> BucketNames(const std::string& root);

struct BucketCopy {
  std::uint64_t objects = 0;
  std::uint64_t bytes = 0;
};
// The bucket with the live object of each name, their metadata and generations, into the folder
// `to_root`, which has no such bucket yet. A server may have the bucket meanwhile: an object that
// goes while it is copied is left out. Synced as a whole by the caller.
Result<BucketCopy> CopyBucket(const std::string& root, const std::string& bucket,
                              const std::string& to_root);

// Whether an object is there. NOT_FOUND.
Status FindObject(const std::string& root, const std::string& bucket, const std::string& name);

struct BucketFault {
  std::string what;    // a sentence
  std::string object;  // "gs://BUCKET/NAME", or the path of a file
  bool stale = false;  // a file that a crash left; the next start of a server removes it
};
struct BucketReport {
  std::uint64_t objects = 0;
  std::uint64_t bytes = 0;
  std::vector<BucketFault> faults;
};
// With `digests` every object's bytes are read and held against the recorded digests. `live`: a
// server may be writing; what may be a write under way is no fault then.
Result<BucketReport> CheckBucket(const std::string& root, const std::string& bucket, bool digests,
                                 bool live);

}  // namespace mlengine::objects
