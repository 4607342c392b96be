// Package: from the folder of a Python package to source distributions, without writing into the
// user's folders.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace mlengine::cli {

// A folder of its own under TMPDIR, gone with this object.
class ScratchFolder {
 public:
  static Result<ScratchFolder> Make();
  ScratchFolder(ScratchFolder&& other) noexcept : path_(std::move(other.path_)) {
    other.path_.clear();
  }
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  ~ScratchFolder();
  const std::string& path() const { return path_; }

 private:
  explicit ScratchFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

// Builds `package_path` into `output` and returns the files made. With a setup.py or pyproject.toml
// beside the package `python` builds a copy of that folder; else the archive NAME-0.0.0.tar.gz is
// written here. The same code gives the same bytes. INVALID_ARGUMENT: no such folder, no
// __init__.py, a setup.py that fails (its output is in the message).
Result<std::vector<std::string>> BuildPackage(const std::string& package_path,
                                              const std::string& python, const std::string& output);

// Hex SHA-256 over the contents of the files, in the order given.
Result<std::string> HashOfFiles(const std::vector<std::string>& files);

}  // namespace mlengine::cli
