// A backup in one file, unpacked by the system's tar: nothing lies outside the new folder.
#include "upkeep/backup_archive.h"

#include <filesystem>

#include "base/testing/temp_dir.h"
#include "fuzz_target.h"
#include "tar_input.h"
#include "upkeep/backup.h"

namespace mlengine::fuzz {

FUZZ_TARGET(backup_archive) {
  namespace fs = std::filesystem;
  static const TempDir dir;
  const std::string outside = dir / "outside";
  const std::string file = dir / "backup.tar";
  const std::string folder = outside + "/a/b/data";
  // Permissions that an archive gave must not keep the next one out.
  for (std::error_code error; fs::remove_all(outside, error), error;)
    fs::permissions(outside, fs::perms::owner_all, error);
  fs::create_directories(outside + "/a/b");
  Require(RealFileSystem().ReplaceVisible(file, TarOf(bytes)).ok(), "a file is written");
  const Status status = upkeep::UnpackBackup(file, folder);
  std::size_t beside = 0;
  for (const auto& entry : fs::recursive_directory_iterator(outside)) {
    if (!entry.path().native().starts_with(folder)) ++beside;
  }
  Require(beside == 2, "nothing is made outside the folder");
  if (!status.ok()) return Require(!status.message().empty(), "an error says something");
  const auto manifest = upkeep::ReadManifest(folder);
  if (!manifest.ok()) Require(!manifest.status().message().empty(), "an error says something");
}

}  // namespace mlengine::fuzz
