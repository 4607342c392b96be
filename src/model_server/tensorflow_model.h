// TensorFlowModel: one SavedModel in a session of TensorFlow. Run may be called by any number of
// threads at once.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

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
  explicit TensorFlowModel(const TensorFlowApi& api);
  Result<TfOutput> Find(const std::string& name) const;
  Result<std::vector<tensors::Tensor>> TryRun(const tensors::RunRequest& request) const;
  Status RunSession(const std::vector<TfOutput>& inputs, const std::vector<TF_Tensor*>& values,
                    const std::vector<TfOutput>& outputs, std::vector<TF_Tensor*>& fetched) const;

  const TensorFlowApi& api_;
  TF_Graph* graph_ = nullptr;
  TF_Session* session_ = nullptr;
  std::string signatures_;
  mutable std::atomic<std::int64_t> usual_nanos_;  // that a run takes, the last ones counting most
};

}  // namespace mlengine::model_server
