// ObjectClient: the storage API as the commands need it.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mlengine::cli {

class Api;

// A gs:// address; `object` is empty for a bucket alone.
struct GsPath {
  std::string bucket;
  std::string object;
  std::string Url() const { return "gs://" + bucket + (object.empty() ? "" : "/" + object); }
};

bool IsGs(std::string_view text);
// INVALID_ARGUMENT when `text` is not gs://BUCKET[/OBJECT].
Result<GsPath> ParseGs(const std::string& text);

struct Listing {
  std::vector<boost::json::value> objects;  // object resources
  std::vector<std::string> prefixes;        // "folders", each with its '/' at the end
};

// Called with bytes done and bytes in all.
using Progress = std::function<void(std::uint64_t, std::uint64_t)>;

class ObjectClient {
 public:
  explicit ObjectClient(Api& api) : api_(api) {}

  Result<boost::json::value> Metadata(const GsPath& path);  // NOT_FOUND
  // All pages; with `delimiter` "/" only one level.
  Result<Listing> List(const std::string& bucket, const std::string& prefix,
                       const std::string& delimiter);
  Result<std::vector<boost::json::value>> Buckets();
  Status MakeBucket(const std::string& bucket, const std::string& location);

  // One request up to 8 MiB, above that resumable in parts of 8 MiB. DATA_LOSS when the stored size
  // or CRC-32C is not that of the file.
  Result<boost::json::value> Upload(const std::string& file, const GsPath& to,
                                    const Progress& progress);
  // Pieces in order; DATA_LOSS when they do not have the object's CRC-32C.
  Status Download(const GsPath& from, const std::function<Status(std::string_view)>& sink,
                  const Progress& progress);
  Status Copy(const GsPath& from, const GsPath& to);
  Status Delete(const GsPath& path);

 private:
  Result<std::string> UploadParts(const std::string& file, std::uint64_t size, const GsPath& to,
                                  std::uint32_t& crc, const Progress& progress);
  Api& api_;
};

}  // namespace mlengine::cli
