// A user's package: unpacked, nothing lies outside its folder, nothing but files and folders is
// made, the limits hold; and what is then read of it.
#include <filesystem>

#include "base/testing/temp_dir.h"
#include "fuzz_target.h"
#include "runner/archive.h"
#include "runner/distribution_check.h"
#include "runner/package_shape.h"
#include "tar_input.h"

namespace mlengine::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr runner::UnpackLimits kLimits{.bytes = 1U << 20, .entries = 100};

void CheckTree(const std::string& folder) {
  std::uint64_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const fs::file_status status = entry.symlink_status();
    Require(fs::is_regular_file(status) || fs::is_directory(status), "only files and folders");
    Require((status.permissions() & (fs::perms::set_uid | fs::perms::set_gid)) == fs::perms::none,
            "no file is another user's program");
    if (fs::is_regular_file(status)) bytes += entry.file_size();
  }
  Require(bytes <= kLimits.bytes, "no more bytes than the limit");
}

}  // namespace

FUZZ_TARGET(package_archive) {
  static const TempDir dir;
  const std::string archive = dir / "package";
  const std::string outside = dir / "outside";
  const std::string folder = outside + "/a/b/tree";
  fs::remove_all(outside);
  fs::create_directories(folder);
  Require(RealFileSystem().ReplaceVisible(archive, TarOf(bytes)).ok(), "a file is written");
  const Status status = runner::Unpack(archive, "p.tar.gz", folder, kLimits);
  std::size_t beside = 0;
  for (const auto& entry : fs::recursive_directory_iterator(outside)) {
    if (!entry.path().native().starts_with(folder)) ++beside;
  }
  Require(beside == 2, "nothing is made outside the folder");
  CheckTree(folder);
  if (!status.ok()) {
    // A name too long for the disk is the disk's word.
    if (status.code() != StatusCode::kInternal) RequireInvalid(status);
    return Require(!status.message().empty(), "an error says something");
  }
  const auto shape = runner::ReadPackageShape(RealFileSystem(), folder, "p.tar.gz");
  if (!shape.ok()) return RequireInvalid(shape.status());
  if (shape->pip_reason.empty())
    Require(shape->root.starts_with(folder), "what runs lies in the package");
  static_cast<void>(runner::MayDistribute(RealFileSystem(), folder));
}

}  // namespace mlengine::fuzz
