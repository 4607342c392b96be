// Names of the objects that a batch prediction writes: docs/formats/batch_parts.md. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mlengine::batch {

// A bucket, and a folder in it: "" or with '/' at its end.
struct GsFolder {
  std::string bucket;
  std::string prefix;
};
// "gs://B", "gs://B/a/b" and "gs://B/a/b/". INVALID_ARGUMENT for anything else.
Result<GsFolder> ParseGsFolder(std::string_view uri);

// Part of the names of all that is none of the results.
inline constexpr std::string_view kHiddenFolder = ".prediction-";

// "prediction.results-00000-of-00002" and so on, as the original named them.
std::string ResultsName(std::size_t index, std::size_t count);
inline constexpr std::string_view kErrorsName = "prediction.errors_stats-00000-of-00001";
// With CSV: the names of the columns.
inline constexpr std::string_view kKeysName = "prediction.keys-00000-of-00001";

// What lies below the output folder while the job runs. `run` is the job's own for ever.
std::string WorkFolder(std::string_view run);  // ".prediction-RUN/"
std::string PlanName(std::string_view run);
std::string PartsFolder(std::string_view run);
std::string PartName(std::string_view run, std::size_t span, std::size_t part);
std::string PartErrorsName(std::string_view run, std::size_t span, std::size_t part,
                           std::string_view nonce);
// An object on the way to a result.
std::string JoinedName(std::string_view run, std::string_view what, std::size_t index);

struct PartPlace {
  std::size_t span = 0;
  std::size_t part = 0;
};
// Of the last piece of a part's name, "000012-000003". INVALID_ARGUMENT for any other.
Result<PartPlace> ParsePartName(std::string_view name);

// Keys of custom metadata on prediction.errors_stats: that this run is done, and what it made.
inline constexpr const char* kRunKey = "mlengine-run";
inline constexpr const char* kPredictionsKey = "mlengine-predictions";
inline constexpr const char* kErrorsKey = "mlengine-errors";
inline constexpr const char* kBytesKey = "mlengine-input-bytes";

}  // namespace mlengine::batch
