// A job's whole log as a file.
//
//   GET /mlengine/v1/projects/{p}/jobs/{j}/log?format=text|jsonl&task=T
//     All entries up to now, as TextLines or JsonLine (log_line.h). The bytes are stable: an
//     entry's never change, and later ones only come behind them; so a Range (bytes=N-, bytes=N-M,
//     bytes=-N) of a log that still grows goes on where an earlier answer was cut. With a Range the
//     log is read once more to count it.
#pragma once

#include "engine_api/log_handler.h"
#include "net/http.h"

namespace mlengine::engine_api {

// Expects path_values = {project, job id} and a query parameter `format`.
net::Handler LogDownloadHandler(LogDeps deps);

}  // namespace mlengine::engine_api
