#include "runner/distribution_check.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace mlengine::runner {
namespace {

constexpr int kFileLimit = 2000;
constexpr std::uint64_t kFileBytes = 1U << 20;

constexpr std::string_view kWords[] = {"TF_CONFIG",      "CLUSTER_SPEC", "distribute",
                                       "train_and_eval", "RunConfig",    "horovod",
                                       "torchrun",       "WORLD_SIZE",   "ClusterSpec"};

}  // namespace

bool MayDistribute(FileSystem& files, const std::string& root) {
  std::vector<std::string> folders = {root};
  int seen = 0;
  while (!folders.empty()) {
    const std::string folder = std::move(folders.back());
    folders.pop_back();
    for (const std::string& name : files.List(folder).value_or(std::vector<std::string>{})) {
      if (++seen > kFileLimit) return true;
      const std::string path = JoinPath(folder, name);
      const Result<FileStat> stat = files.Stat(path);
      if (stat.ok() && stat->is_directory) folders.push_back(path);
      if (!name.ends_with(".py")) continue;
      const Result<std::string> text = files.Read(path, kFileBytes);
      if (!text.ok()) return true;
      if (std::ranges::any_of(kWords, [&](std::string_view word) {
            return text->find(word) != std::string::npos;
          })) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace mlengine::runner
