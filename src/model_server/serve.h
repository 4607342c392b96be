// Serve: the life of a model server after its model is loaded. Its threads take turns in reading;
// the one that has read a request runs it. A ping is answered at once, whatever runs.
#pragma once

#include <functional>

#include "base/status.h"
#include "tensors/message.h"

namespace mlengine::model_server {

using RunModel = std::function<tensors::RunAnswer(const tensors::RunRequest&)>;

// Returns when the other end of the socket is closed, without waiting for what runs: OK then,
// otherwise what is wrong with the connection. The process is to end at once. At most `threads`
// requests run at once.
Status Serve(int socket, int threads, const RunModel& run);

}  // namespace mlengine::model_server
