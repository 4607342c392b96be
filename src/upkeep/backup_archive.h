// A backup as one file: the folder that backup.h makes, as a POSIX tar with extended attributes.
// The system's tar does the work.
#pragma once

#include <string>

#include "base/status.h"

namespace mlengine::upkeep {

// Whether the target or source of a backup is a file by its name: it ends with ".tar".
bool IsArchiveName(const std::string& path);

// Packs the folder into the new file, synced; written beside and renamed. ALREADY_EXISTS when it is
// there; FAILED_PRECONDITION where objects' metadata is not in extended attributes, which a tar
// would lose.
Status PackBackup(const std::string& folder, const std::string& file);
// Unpacks into the folder, which is made.
Status UnpackBackup(const std::string& file, const std::string& folder);

}  // namespace mlengine::upkeep
