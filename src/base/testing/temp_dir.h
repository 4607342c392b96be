// TempDir: a fresh folder for one test, removed with all it holds.
#pragma once

#include <cstdlib>
#include <string>

#include "base/file_system.h"

namespace mlengine {

class TempDir {
 public:
  TempDir() {
    const char* base = std::getenv("TMPDIR");
    path_ = JoinPath(base != nullptr ? base : "/tmp", "mlengine-test-XXXXXX");
    if (mkdtemp(path_.data()) == nullptr) std::abort();
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir() { static_cast<void>(RealFileSystem().RemoveTree(path_)); }

  const std::string& path() const { return path_; }
  std::string operator/(std::string_view name) const { return JoinPath(path_, name); }

 private:
  std::string path_;
};

}  // namespace mlengine
