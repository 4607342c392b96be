#include "executor/local/tmp_links.h"

#include <unistd.h>
#include <climits>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "executor/local/replica_files.h"

namespace mlengine::executor {
namespace {

constexpr std::string_view kLockStart = "runner-";
constexpr std::string_view kLockEnd = ".lock";

// Whether a runner of any restart lives, or that cannot be told.
bool MayHaveRunner(FileSystem& files, const std::string& replica_dir) {
  const Result<std::vector<std::string>> names = files.List(replica_dir);
  if (!names.ok()) return names.status().code() != StatusCode::kNotFound;
  for (const std::string& name : *names) {
    if (!name.starts_with(kLockStart) || !name.ends_with(kLockEnd)) continue;
    const int restart = std::atoi(name.c_str() + kLockStart.size());
    const Result<LockState> state = ReadLock({.folder = replica_dir, .restart = restart});
    if (!state.ok() || *state == LockState::kHeld) return true;
  }
  return false;
}

}  // namespace

void RemoveStaleTmpLinks(FileSystem& files, const std::string& links_dir) {
  const Result<std::vector<std::string>> names = files.List(links_dir);
  if (!names.ok()) return;
  for (const std::string& name : *names) {
    const std::string link = JoinPath(links_dir, name);
    char target[PATH_MAX];
    const ssize_t n = ::readlink(link.c_str(), target, sizeof(target));
    if (n <= 0) continue;  // no link
    const std::string folder(target, static_cast<std::size_t>(n));
    if (!MayHaveRunner(files, ParentPath(folder))) ::unlink(link.c_str());
  }
}

}  // namespace mlengine::executor
