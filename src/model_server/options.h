// What a model server is started with: words of its command line, as the engine writes them.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace mlengine::model_server {

struct ServerOptions {
  std::string library;    // TensorFlow's, absolute
  std::string model_dir;  // with saved_model.pb, absolute
  int run_threads = 2;    // requests at once
  int intra_threads = 0;  // of one operation; 0 leaves it to TensorFlow
  int inter_threads = 0;
};

// INVALID_ARGUMENT names the word that is wrong.
Result<ServerOptions> ParseServerOptions(const std::vector<std::string>& words);
std::vector<std::string> ToWords(const ServerOptions& options);

}  // namespace mlengine::model_server
