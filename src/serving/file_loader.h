// FileLoader: looks whether the files of a model are there and whole, as far as that can be told
// without running its framework: a SavedModel down to its tags, signatures and variables, the
// frames of pickles and XGBoost models. It holds nothing.
#pragma once

#include "base/file_system.h"
#include "serving/loader.h"

namespace mlengine::serving {

class FileLoader final : public Loader {
 public:
  explicit FileLoader(FileSystem& files) : files_(files) {}
  Status Load(const ServedVersion& version) override;
  void Unload(const ServedVersion&) override {}

 private:
  Status LoadSavedModel(const std::string& folder);
  Status LoadPickle(const std::string& folder);
  Status LoadXgboost(const std::string& folder);

  FileSystem& files_;
};

}  // namespace mlengine::serving
