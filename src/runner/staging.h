// Staging: the packages of a launch spec, checked and unpacked into the cache. It runs in a child
// of the runner ("mlengine-runner stage SPEC"), which prints its outcome, so that a hostile archive
// cannot harm the supervisor.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "mlengine/runner/v1/launch_spec.pb.h"
#include "runner/package_shape.h"

namespace mlengine::runner {

struct StagedPackage {
  std::string sha256;   // of the archive, hex
  bool reused = false;  // it was in the cache
  PackageShape shape;
};

// Checks size and CRC-32C of each package and unpacks what the cache lacks. The cache of unpacked
// packages holds for one boot: it is made anew after a power cut, and so needs no sync.
// INVALID_ARGUMENT, NOT_FOUND or DATA_LOSS in one sentence that names the package.
Result<std::vector<StagedPackage>> StagePackages(FileSystem& files, const v1::LaunchSpec& spec);

// What an earlier staging told of the same small packages, without opening an archive: for the
// supervisor itself. Nothing when one is not known, is larger than 1 MiB, or is not as it should
// be: then StagePackages says so, or unpacks it.
std::optional<std::vector<StagedPackage>> RecallPackages(FileSystem& files,
                                                         const v1::LaunchSpec& spec);

// The outcome as lines of tab-separated words, and back. DATA_LOSS when the text is cut or strange.
std::string EncodeStaging(const Result<std::vector<StagedPackage>>& outcome);
Result<std::vector<StagedPackage>> DecodeStaging(std::string_view text);

}  // namespace mlengine::runner
