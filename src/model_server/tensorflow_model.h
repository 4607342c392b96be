// TensorFlowModel: one SavedModel in a session of TensorFlow. Run may be called by any number of
// threads at once.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "model_server/tensorflow_api.h"
#include "tensors/message.h"

namespace mlengine::model_server {

struct ModelOptions {
  std::string folder;     // with saved_model.pb
  int intra_threads = 0;  // of one operation; 0 leaves it to TensorFlow
  int inter_threads = 0;  // operations at once
};

class TensorFlowModel {
 public:
  // INVALID_ARGUMENT with TensorFlow's own words. `api` outlives the model.
  static Result<std::unique_ptr<TensorFlowModel>> Load(const TensorFlowApi& api,
                                                       const ModelOptions& options);
  ~TensorFlowModel();

  tensors::RunAnswer Run(const tensors::RunRequest& request) const;
  // The entries of MetaGraphDef.signature_def, as they lie there.
  const std::string& signatures() const { return signatures_; }

 private:
  explicit TensorFlowModel(const TensorFlowApi& api) : api_(api) {}
  Result<TfOutput> Find(const std::string& name) const;
  Result<std::vector<tensors::Tensor>> TryRun(const tensors::RunRequest& request) const;

  const TensorFlowApi& api_;
  TF_Graph* graph_ = nullptr;
  TF_Session* session_ = nullptr;
  std::string signatures_;
};

}  // namespace mlengine::model_server
