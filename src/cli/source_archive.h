// SourceArchive: the files of a source distribution, written so that the same files always give the
// same bytes.
#pragma once

#include <map>
#include <string>

#include "base/result.h"

namespace mlengine::cli {

struct ArchivedFile {
  std::string bytes;
  bool executable = false;
};

using SourceArchive =
    std::map<std::string, ArchivedFile>;  // by path in the archive: "trainer-0.0.0/setup.py"

// A .tar.gz: sorted, no owners, one fixed time.
Result<std::string> PackArchive(const SourceArchive& files);
// The files of a .tar.gz; folders and links are left out. INVALID_ARGUMENT when it cannot be read.
Result<SourceArchive> UnpackArchive(const std::string& path);

}  // namespace mlengine::cli
