// mlengine-model-server: serves one version of one model to the engine that started it, over the
// socket that is its standard input. It links none of the libraries that TensorFlow brings along,
// and ends when the engine's end of the socket is closed.
#include <unistd.h>

#include <cstdio>
#include <string_view>

#include "model_server/options.h"
#include "model_server/serve.h"
#include "model_server/tensorflow_model.h"
#include "tensors/message_socket.h"

namespace mlengine::model_server {
namespace {

constexpr int kSocket = STDIN_FILENO;

Status Greet(const Status& loaded, const std::string& version, const std::string& signatures) {
  return tensors::WriteMessage(kSocket, tensors::EncodeHello({loaded, version, signatures}));
}

Status Run(const std::vector<std::string>& words) {
  MLENGINE_ASSIGN_OR_RETURN(const ServerOptions options, ParseServerOptions(words));
  const Result<TensorFlowApi> api = LoadTensorFlow(options.library);
  if (!api.ok()) return Greet(api.status(), "", "");
  const Result<std::unique_ptr<TensorFlowModel>> model = TensorFlowModel::Load(
      *api, {options.model_dir, options.intra_threads, options.inter_threads});
  if (!model.ok()) return Greet(model.status(), api->Version(), "");
  MLENGINE_RETURN_IF_ERROR(Greet(OkStatus(), api->Version(), (*model)->signatures()));
  const Status served = Serve(kSocket, options.run_threads,
                              [&model](const auto& request) { return (*model)->Run(request); });
  if (!served.ok()) std::fprintf(stderr, "mlengine-model-server: %s\n", served.message().c_str());
  // Nobody waits for what still runs.
  std::fflush(nullptr);
  ::_exit(served.ok() ? 0 : 1);
}

}  // namespace
}  // namespace mlengine::model_server

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--version") {
    std::puts("mlengine-model-server " MLENGINE_VERSION);
    return 0;
  }
  const mlengine::Status status =
      mlengine::model_server::Run(std::vector<std::string>(argv + 1, argv + argc));
  if (!status.ok()) std::fprintf(stderr, "mlengine-model-server: %s\n", status.message().c_str());
  std::fflush(nullptr);
  ::_exit(status.ok() ? 0 : 2);
}
