// The data folder: its layout, its lock, and the files under run/ that tell clients where the
// server is.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace mlengine::server {

class DataFolder {
 public:
  // Makes the folder's levels and takes it for this process. ALREADY_EXISTS when another server has
  // it; the message names its PID.
  static Result<DataFolder> Open(const std::string& path);
  // Writes this process's number to run/pid: the first write that needs room on the disk.
  Status Sign();

  // Ends the server that has the folder and waits until it is gone. NOT_FOUND when there is none;
  // DEADLINE_EXCEEDED after 30 s.
  static Status StopHolder(const std::string& path);

  // Whether a server has the folder now.
  static bool Held(const std::string& path);

  const std::string& path() const { return path_; }
  std::string Sub(std::string_view name) const;

  // Writes run/endpoint ("http://127.0.0.1:8650").
  Status Announce(const std::string& url);
  // Removes both; at the end of the server.
  void Withdraw();

 private:
  DataFolder(std::string path, UniqueFd lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  std::string path_;
  UniqueFd lock_;
};

}  // namespace mlengine::server
