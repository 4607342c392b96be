// TensorFlowApi: the functions of TensorFlow's C library that a model server calls, found at run
// time in the library of a runtime version: the build needs no TensorFlow. Types and functions are
// those of tensorflow/c/c_api.h, c/tf_tensor.h and c/tf_tstring.h, by their names there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.h"

struct TF_Status;
struct TF_Graph;
struct TF_Session;
struct TF_SessionOptions;
struct TF_Operation;
struct TF_Tensor;

namespace mlengine::model_server {

struct TfBuffer {  // TF_Buffer
  const void* data;
  std::size_t length;
  void (*data_deallocator)(void* data, std::size_t length);
};

struct TfOutput {  // TF_Output
  TF_Operation* operation;
  int index;
};

struct alignas(8) TfString {  // TF_TString
  unsigned char bytes[24];
};

struct TensorFlowApi {
  const char* (*Version)();
  TF_Status* (*NewStatus)();
  void (*DeleteStatus)(TF_Status*);
  int (*GetCode)(const TF_Status*);
  const char* (*Message)(const TF_Status*);
  TF_Graph* (*NewGraph)();
  void (*DeleteGraph)(TF_Graph*);
  TF_SessionOptions* (*NewSessionOptions)();
  void (*SetConfig)(TF_SessionOptions*, const void* proto, std::size_t size, TF_Status*);
  void (*DeleteSessionOptions)(TF_SessionOptions*);
  TfBuffer* (*NewBuffer)();
  void (*DeleteBuffer)(TfBuffer*);
  TF_Session* (*LoadSessionFromSavedModel)(const TF_SessionOptions*, const TfBuffer* run_options,
                                           const char* folder, const char* const* tags,
                                           int tag_count, TF_Graph*, TfBuffer* meta_graph,
                                           TF_Status*);
  void (*CloseSession)(TF_Session*, TF_Status*);
  void (*DeleteSession)(TF_Session*, TF_Status*);
  TF_Operation* (*GraphOperationByName)(TF_Graph*, const char* name);
  int (*OperationNumOutputs)(TF_Operation*);
  int (*OperationOutputType)(TfOutput);
  void (*SessionRun)(TF_Session*, const TfBuffer* run_options, const TfOutput* inputs,
                     TF_Tensor* const* input_values, int inputs_count, const TfOutput* outputs,
                     TF_Tensor** output_values, int outputs_count,
                     const TF_Operation* const* targets, int targets_count, TfBuffer* metadata,
                     TF_Status*);
  TF_Tensor* (*NewTensor)(int type, const std::int64_t* dims, int dims_count, void* data,
                          std::size_t size, void (*deallocator)(void*, std::size_t, void*),
                          void* argument);
  void (*DeleteTensor)(TF_Tensor*);
  int (*TensorType)(const TF_Tensor*);
  int (*NumDims)(const TF_Tensor*);
  std::int64_t (*Dim)(const TF_Tensor*, int index);
  std::size_t (*TensorByteSize)(const TF_Tensor*);
  void* (*TensorData)(const TF_Tensor*);
  void (*StringInit)(TfString*);
  void (*StringCopy)(TfString*, const char* bytes, std::size_t size);
  const char* (*StringGetDataPointer)(const TfString*);
  std::size_t (*StringGetSize)(const TfString*);
  void (*StringDealloc)(TfString*);
};

// Loads the library for as long as the process lives. FAILED_PRECONDITION says what keeps it from
// that.
Result<TensorFlowApi> LoadTensorFlow(const std::string& library);

}  // namespace mlengine::model_server
