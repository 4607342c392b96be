// Copies of files and folders of a data folder. Any thread; the caller syncs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace mlengine::upkeep {

// At most the first `limit` bytes of a file into the new file `to`, with its times and mode. The
// length when it was opened counts: a file that grows meanwhile is copied up to there. Returns
// whether all was copied. NOT_FOUND when it is not there, or no plain file.
Result<bool> CopyFile(const std::string& from, const std::string& to,
                      std::optional<std::uint64_t> limit = {});
// All plain files and folders below `from`; links, pipes and devices are left out, and what goes
// meanwhile.
Status CopyTree(const std::string& from, const std::string& to);
// Brings all of the file system that holds `path` to the disk.
Status SyncFileSystem(const std::string& path);

}  // namespace mlengine::upkeep
