// ObjectFile: an open file with the record that belongs to it: a user xattr, or a file named by the
// inode in the bucket's %meta folder where the file system has no (large enough) xattrs. Used under
// the lock of the object's name, except for reading.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "objects/object_record.h"

namespace mlengine::objects {

struct ObjectFile {
  UniqueFd fd;
  struct stat stat = {};
};

// The file `leaf` in the folder `parent`, never followed through a symlink. NOT_FOUND when it is no
// plain file.
Result<ObjectFile> OpenObjectFile(int parent, const std::string& leaf, const std::string& what);

std::uint64_t FileSize(const struct stat& stat);
std::int64_t FileTimeNanos(const struct stat& stat);

// The stored record, or nothing when there is none (a dropped file). `bucket` is the bucket's
// folder.
std::optional<ObjectRecord> ReadRecord(int bucket, const ObjectFile& file);

// Stores the record for the file; one step to readers. Not synced for an xattr: sync the file.
Status WriteRecord(int bucket, const ObjectFile& file, const ObjectRecord& record);

// After the last name of the file is gone, while it is still open: its record in %meta goes too.
void ForgetRecord(int bucket, const ObjectFile& file);

// Reads the file for its digests into `record`. ABORTED when it changes meanwhile.
Status HashFile(const ObjectFile& file, ObjectRecord& record);

// For tests of file systems without xattrs.
void PretendNoXattrs(bool pretend);

}  // namespace mlengine::objects
