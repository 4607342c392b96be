// BatchJob: everything that one replica of a batch prediction is told, as the words of its command
// line. One codec pair for the server, which writes them, and the program. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "batch/batch_predictor.h"
#include "batch/plan.h"

namespace mlengine::batch {

struct BatchJob {
  std::string endpoint;  // of the engine: "http://127.0.0.1:8650"
  // Names what the job keeps beside its results; of no other job ever, the same for all replicas
  // and attempts. Letters, digits, '_' and '-'.
  std::string run;
  std::string library;    // TensorFlow's C library
  std::string model_dir;  // a local folder; or
  std::string model_uri;  // gs:// folder of a SavedModel
  std::vector<std::string> input_paths;
  std::string output_path;
  InputFormat input = InputFormat::kJson;
  OutputFormat output = OutputFormat::kJson;
  std::string signature;  // "": the model's only one, else serving_default
  int batch_size = 64;
  std::size_t worker = 0;  // 0 is the master, which joins the results
  std::size_t workers = 1;
};

// Without the program's own name.
std::vector<std::string> WordsOf(const BatchJob& job);
// INVALID_ARGUMENT names the word that is wrong or missing.
Result<BatchJob> ParseBatchJob(const std::vector<std::string>& words);

}  // namespace mlengine::batch
