// The source distribution that a user's own setup.py made, as the command line reads it.
#include "cli/source_archive.h"

#include "base/testing/temp_dir.h"
#include "fuzz_target.h"
#include "tar_input.h"

namespace mlengine::fuzz {

FUZZ_TARGET(source_archive) {
  static const TempDir dir;
  const std::string path = dir / "package.tar.gz";
  Require(RealFileSystem().ReplaceVisible(path, TarOf(bytes)).ok(), "a file is written");
  const auto files = cli::UnpackArchive(path);
  if (!files.ok()) return RequireInvalid(files.status());
  const auto packed = cli::PackArchive(*files);
  if (!packed.ok()) return Require(!packed.status().message().empty(), "an error says something");
  Require(RealFileSystem().ReplaceVisible(path, *packed).ok(), "a file is written");
  const auto again = cli::UnpackArchive(path);
  Require(again.ok(), "what was packed can be unpacked");
  Require(again->size() == files->size(), "no file is lost");
  const auto repacked = cli::PackArchive(*again);
  Require(repacked.ok() && *repacked == *packed, "the same files give the same bytes");
}

}  // namespace mlengine::fuzz
