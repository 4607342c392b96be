// mlengine-batch-predictor: one worker of a batch prediction, or with "local" the predictions of a
// model in a folder. A parts list; the room batch has the behaviour.
#include <climits>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "batch/batch_job.h"
#include "batch/local_predict.h"
#include "batch/replica.h"

namespace {

using mlengine::Status;

std::string ModelServer() {
  std::error_code error;
  const auto own = std::filesystem::read_symlink("/proc/self/exe", error);
  return mlengine::JoinPath(own.parent_path().string(), "mlengine-model-server");
}

// local LIBRARY MODEL_DIR < request > answer, or local-python PYTHON KIND MODEL_DIR
Status PredictLocal(const std::vector<std::string>& words) {
  const bool python = words[0] == "local-python";
  if (words.size() != (python ? 4 : 3)) {
    return mlengine::InvalidArgumentError(
        "usage: mlengine-batch-predictor local LIBRARY MODEL_DIR | local-python PYTHON KIND "
        "MODEL_DIR");
  }
  const std::string request(std::istreambuf_iterator<char>(std::cin), {});
  MLENGINE_ASSIGN_OR_RETURN(
      const std::string answer,
      python ? mlengine::batch::PredictByLocalWorker({words[1], words[2], words[3]}, request)
             : mlengine::batch::PredictLocally({words[1], words[2]}, request, ModelServer()));
  std::cout << answer << "\n" << std::flush;
  return std::cout.good() ? mlengine::OkStatus()
                          : mlengine::InternalError("nobody reads the answer");
}

Status RunWorker(const std::vector<std::string>& words) {
  MLENGINE_ASSIGN_OR_RETURN(const mlengine::batch::BatchJob job,
                            mlengine::batch::ParseBatchJob(words));
  return mlengine::batch::RunReplica(job, ModelServer());
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 1 && words[0] == "--version") {
    std::puts("mlengine-batch-predictor " MLENGINE_VERSION);
    return 0;
  }
  std::signal(SIGPIPE, SIG_IGN);
  const bool local = !words.empty() && (words[0] == "local" || words[0] == "local-python");
  const Status status = local ? PredictLocal(words) : RunWorker(words);
  if (status.ok()) return 0;
  std::fprintf(stderr, "ERROR: %s\n", status.message().c_str());
  return 1;
}
