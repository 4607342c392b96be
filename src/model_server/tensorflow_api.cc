#include "model_server/tensorflow_api.h"

#include <dlfcn.h>

namespace mlengine::model_server {
namespace {

// Takes functions out of a library; what is missing is remembered.
class Functions {
 public:
  explicit Functions(void* library) : library_(library) {}

  template <typename Function>
  void Find(const char* name, Function*& function) {
    function = reinterpret_cast<Function*>(::dlsym(library_, name));
    if (function == nullptr) missing_ += (missing_.empty() ? "" : ", ") + std::string(name);
  }
  const std::string& missing() const { return missing_; }

 private:
  void* library_;
  std::string missing_;
};

void FindSessions(Functions& functions, TensorFlowApi& api) {
  functions.Find("TF_Version", api.Version);
  functions.Find("TF_NewStatus", api.NewStatus);
  functions.Find("TF_DeleteStatus", api.DeleteStatus);
  functions.Find("TF_GetCode", api.GetCode);
  functions.Find("TF_Message", api.Message);
  functions.Find("TF_NewGraph", api.NewGraph);
  functions.Find("TF_DeleteGraph", api.DeleteGraph);
  functions.Find("TF_NewSessionOptions", api.NewSessionOptions);
  functions.Find("TF_SetConfig", api.SetConfig);
  functions.Find("TF_DeleteSessionOptions", api.DeleteSessionOptions);
  functions.Find("TF_NewBuffer", api.NewBuffer);
  functions.Find("TF_DeleteBuffer", api.DeleteBuffer);
  functions.Find("TF_LoadSessionFromSavedModel", api.LoadSessionFromSavedModel);
  functions.Find("TF_CloseSession", api.CloseSession);
  functions.Find("TF_DeleteSession", api.DeleteSession);
  functions.Find("TF_GraphOperationByName", api.GraphOperationByName);
  functions.Find("TF_OperationNumOutputs", api.OperationNumOutputs);
  functions.Find("TF_OperationOutputType", api.OperationOutputType);
  functions.Find("TF_SessionRun", api.SessionRun);
}

void FindTensors(Functions& functions, TensorFlowApi& api) {
  functions.Find("TF_NewTensor", api.NewTensor);
  functions.Find("TF_DeleteTensor", api.DeleteTensor);
  functions.Find("TF_TensorType", api.TensorType);
  functions.Find("TF_NumDims", api.NumDims);
  functions.Find("TF_Dim", api.Dim);
  functions.Find("TF_TensorByteSize", api.TensorByteSize);
  functions.Find("TF_TensorData", api.TensorData);
  functions.Find("TF_StringInit", api.StringInit);
  functions.Find("TF_StringCopy", api.StringCopy);
  functions.Find("TF_StringGetDataPointer", api.StringGetDataPointer);
  functions.Find("TF_StringGetSize", api.StringGetSize);
  functions.Find("TF_StringDealloc", api.StringDealloc);
}

}  // namespace

Result<TensorFlowApi> LoadTensorFlow(const std::string& library) {
  void* const handle = ::dlopen(library.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (handle == nullptr) {
    const char* const why = ::dlerror();
    return FailedPreconditionError("TensorFlow's library cannot be loaded: " +
                                   std::string(why != nullptr ? why : library));
  }
  TensorFlowApi api{};
  Functions functions(handle);
  FindSessions(functions, api);
  FindTensors(functions, api);
  if (!functions.missing().empty())
    return FailedPreconditionError(library + " lacks " + functions.missing());
  return api;
}

}  // namespace mlengine::model_server
