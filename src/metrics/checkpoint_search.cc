#include "metrics/checkpoint_search.h"

#include <filesystem>
#include <system_error>

#include "base/file_system.h"
#include "insight/health_hints.h"

namespace mlengine::metrics {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostEntries = 20'000;
constexpr int kDeepest = 8;

CheckpointFinding FindObject(objects::ObjectStore& objects, const std::string& folder, Time since) {
  const Result<objects::GsPath> path = objects::ParseGsPath(folder);
  if (!path.ok()) return CheckpointFinding::kUnknown;
  objects::ListRequest request;
  request.with_hashes = false;
  request.prefix = path->object;
  if (!request.prefix.empty() && !request.prefix.ends_with('/')) request.prefix += '/';
  std::size_t entries = 0;
  do {
    const Result<objects::ListResult> page = objects.List(path->bucket, request);
    if (page.status().code() == StatusCode::kNotFound) return CheckpointFinding::kNone;
    if (!page.ok()) return CheckpointFinding::kUnknown;
    for (const objects::Object& object : page->objects) {
      const std::string below = object.name.substr(request.prefix.size());
      if (object.updated >= since && insight::IsCheckpoint(below)) return CheckpointFinding::kFound;
    }
    entries += page->objects.size();
    request.page_token = page->next_page_token;
  } while (!request.page_token.empty() && entries < kMostEntries);
  return request.page_token.empty() ? CheckpointFinding::kNone : CheckpointFinding::kUnknown;
}

CheckpointFinding FindLocal(const std::string& folder, Time since) {
  std::error_code failed;
  if (!fs::exists(folder, failed) && !failed) return CheckpointFinding::kNone;
  std::size_t entries = 0;
  bool deeper = false;
  fs::recursive_directory_iterator at(folder, failed);
  for (; !failed && at != fs::recursive_directory_iterator(); at.increment(failed)) {
    if (++entries > kMostEntries) return CheckpointFinding::kUnknown;
    std::error_code unknown;
    if (at.depth() >= kDeepest && at->is_directory(unknown)) {
      deeper = true;
      at.disable_recursion_pending();
    }
    if (!fs::is_regular_file(at->symlink_status(unknown)) ||
        !insight::IsCheckpoint(at->path().lexically_relative(folder).string()))
      continue;
    const Result<FileStat> stat = RealFileSystem().Stat(at->path().string());
    if (stat.ok() && stat->mtime_ns >= ToUnixNanos(since)) return CheckpointFinding::kFound;
  }
  return failed || deeper ? CheckpointFinding::kUnknown : CheckpointFinding::kNone;
}

}  // namespace

CheckpointFinding FindCheckpoint(objects::ObjectStore& objects, const std::string& folder,
                                 Time since) {
  if (folder.starts_with("gs://")) return FindObject(objects, folder, since);
  if (folder.starts_with('/')) return FindLocal(folder, since);
  return CheckpointFinding::kUnknown;
}

}  // namespace mlengine::metrics
