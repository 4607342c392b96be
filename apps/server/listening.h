// Choosing the port: the one that was asked for, else the one this data folder had last (running
// jobs know it), else the first free one from 8650.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "data_folder.h"
#include "net/server.h"
#include "options.h"
#include "telemetry/metrics.h"

namespace mlengine::server {

// `limits`, with errors in the API's form and the time of every answer in `metrics`, which must
// outlive the server.
net::ServerOptions MeasuredBy(telemetry::Metrics& metrics, net::ServerOptions limits);

// `make_router` is called once for each try. ALREADY_EXISTS when the port asked for is taken; the
// message names its holder.
Result<std::unique_ptr<net::Server>> ListenSomewhere(
    const Options& options, const DataFolder& data, const net::ServerOptions& server_options,
    const std::function<net::Router()>& make_router);

// "http://127.0.0.1:8650" of the first address.
std::string UrlOf(const net::Server& server);

}  // namespace mlengine::server
