// TmpLink: a short name of a replica's tmp folder, for TMPDIR. The path of a Unix socket has at
// most 107 bytes, and Python's multiprocessing binds TMPDIR/pymp-xxxxxxxx/listener-xxxxxxxx.
#pragma once

#include <string>

#include "base/result.h"

namespace mlengine::runner {

class TmpLink {
 public:
  // Bytes that TMPDIR may have at most for such a socket.
  static constexpr std::size_t kMostBytes = 75;

  // None: nothing to remove.
  TmpLink() = default;
  // A symbolic link in `links_dir`, which is made when missing, to the absolute path `folder`. Its
  // name is of the folder's digest: what an earlier runner of the replica left is taken again, and
  // one that points elsewhere is left alone.
  static Result<TmpLink> Make(const std::string& links_dir, const std::string& folder);
  // Removes the link.
  ~TmpLink() { Remove(); }
  TmpLink(TmpLink&& other) noexcept;
  TmpLink& operator=(TmpLink&& other) noexcept;

  // "" when there is none.
  const std::string& path() const { return path_; }
  void Remove();

 private:
  TmpLink(std::string path, std::string folder)
      : path_(std::move(path)), folder_(std::move(folder)) {}
  std::string path_;
  std::string folder_;
};

}  // namespace mlengine::runner
