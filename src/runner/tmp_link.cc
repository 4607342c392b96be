#include "runner/tmp_link.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <utility>

#include "base/digest.h"
#include "base/file_system.h"

namespace mlengine::runner {
namespace {

constexpr std::size_t kNameDigits = 8;

std::string TargetOf(const std::string& link) {
  char target[PATH_MAX];
  const ssize_t n = ::readlink(link.c_str(), target, sizeof(target));
  return n < 0 ? "" : std::string(target, static_cast<std::size_t>(n));
}

}  // namespace

Result<TmpLink> TmpLink::Make(const std::string& links_dir, const std::string& folder) {
  if (::mkdir(links_dir.c_str(), 0700) != 0 && errno != EEXIST)
    return ErrnoError(errno, "make folder " + links_dir);
  const std::string digits = Sha256Hex(folder);
  for (std::size_t at = 0; at < digits.size(); at += kNameDigits) {
    std::string link = JoinPath(links_dir, digits.substr(at, kNameDigits));
    if (::symlink(folder.c_str(), link.c_str()) == 0 || TargetOf(link) == folder)
      return TmpLink(std::move(link), folder);
    if (errno != EEXIST && errno != EINVAL) return ErrnoError(errno, "make the link " + link);
  }
  return AlreadyExistsError("all names for " + folder + " in " + links_dir + " are taken");
}

TmpLink::TmpLink(TmpLink&& other) noexcept
    : path_(std::exchange(other.path_, "")), folder_(std::exchange(other.folder_, "")) {}

TmpLink& TmpLink::operator=(TmpLink&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(folder_, other.folder_);
  return *this;
}

void TmpLink::Remove() {
  if (!path_.empty() && TargetOf(path_) == folder_) ::unlink(path_.c_str());
  path_.clear();
}

}  // namespace mlengine::runner
