// LastUses: when each version was last asked, also by an earlier server. Thread-safe. In
// DATA/serving/last_use.json (docs/formats/last_use.md), which is written now and then: what a
// killed server had not written yet is forgotten.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/file_system.h"

namespace mlengine::serving {

class LastUses final {
 public:
  // Reads the file where there is one; one that is damaged counts as none.
  LastUses(std::string path, FileSystem& files);

  void Note(const std::string& folder, Time now);  // of the version
  std::optional<Time> Of(const std::string& folder) const;
  // Writes what was noted since the last call, if anything, for these versions alone.
  Status Save(const std::set<std::string>& folders);

 private:
  const std::string path_;
  FileSystem& files_;
  mutable std::mutex mutex_;
  std::map<std::string, Time> uses_;  // by folder; guarded by mutex_, as below
  bool changed_ = false;
};

}  // namespace mlengine::serving
