// InputFiles: which objects the input paths of a batch prediction stand for. Pure but for the list
// that it is given.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace mlengine::batch {

struct InputFile {
  std::string bucket;
  std::string name;
  std::uint64_t size = 0;  // bytes
  std::int64_t generation = 0;

  std::string Url() const { return "gs://" + bucket + "/" + name; }
};

// All objects of a bucket whose names begin so, by name.
using ListFunction = std::function<Result<std::vector<InputFile>>(const std::string& bucket,
                                                                  const std::string& prefix)>;

// A path is "gs://B/name" (that object, else the folder of that name), "gs://B/folder/" or
// "gs://B/start*". Each object once, in the order of the paths; names that end with '/' and what
// batch predictions keep are left out. NOT_FOUND names the first path that stands for nothing.
Result<std::vector<InputFile>> FindInput(const std::vector<std::string>& paths,
                                         const ListFunction& list);

// The most objects that one job reads.
inline constexpr std::size_t kMostInputFiles = 100'000;

}  // namespace mlengine::batch
