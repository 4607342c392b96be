#include "listening.h"

#include <algorithm>
#include <utility>

#include "base/file_system.h"
#include "host.h"
#include "wire/codec/error.h"

namespace mlengine::server {
namespace {

constexpr int kFirstPort = 8650;
constexpr int kTries = 50;

std::vector<std::vector<std::string>> Candidates(const Options& options, const DataFolder& data) {
  const std::string last = RealFileSystem().Read(data.Sub("run/address"), 256).value_or("");
  if (options.listen_given) {
    // Any port of that address: the last one, which running jobs know, is as good as another.
    const bool any = options.listen.size() == 1 && options.listen[0].ends_with(":0");
    const std::string address =
        any ? options.listen[0].substr(0, options.listen[0].size() - 1) : "";
    if (!any || !last.starts_with(address)) return {options.listen};
    return {{last}, options.listen};
  }
  std::vector<std::vector<std::string>> candidates;
  if (!last.empty()) candidates.push_back({last});
  for (int i = 0; i < kTries; ++i)
    candidates.push_back({"127.0.0.1:" + std::to_string(kFirstPort + i)});
  return candidates;
}

}  // namespace

net::ServerOptions MeasuredBy(telemetry::Metrics& metrics, net::ServerOptions limits) {
  net::ServerOptions options = std::move(limits);
  // What is left is for files: a connection too many is refused, a store that cannot open its files
  // would be worse.
  options.connection_limit = std::min(options.connection_limit, DescriptorLimit() / 2);
  options.error_body = wire::ErrorBody;
  options.on_request = [&metrics](const net::AnsweredRequest& request) {
    const telemetry::Labels route = {{"method", request.method}, {"route", request.route}};
    metrics.ObserveSeconds("mlengine_http_request_seconds",
                           "Time to the first byte of the answer, by route.",
                           {{"method", request.method},
                            {"route", request.route},
                            {"status", std::to_string(request.status)}},
                           request.seconds);
    metrics.Add("mlengine_http_received_bytes_total", "Bytes of the requests' bodies.", route,
                static_cast<double>(request.received_bytes));
    metrics.Add("mlengine_http_sent_bytes_total", "Bytes of the answers.", route,
                static_cast<double>(request.sent_bytes));
  };
  options.on_connections = [&metrics](std::size_t count) {
    metrics.Set("mlengine_http_connections", "Open connections, followers among them.", {},
                static_cast<double>(count));
  };
  return options;
}

Result<std::unique_ptr<net::Server>> ListenSomewhere(
    const Options& options, const DataFolder& data, const net::ServerOptions& server_options,
    const std::function<net::Router()>& make_router) {
  Status taken;
  const std::vector<std::vector<std::string>> candidates = Candidates(options, data);
  for (const std::vector<std::string>& listen : candidates) {
    net::ServerOptions tried = server_options;
    tried.listen = listen;
    Result<std::unique_ptr<net::Server>> server =
        net::Server::Listen(std::move(tried), make_router());
    if (server.ok()) {
      MLENGINE_RETURN_IF_ERROR(
          RealFileSystem().ReplaceVisible(data.Sub("run/address"), (*server)->addresses().front()));
      return server;
    }
    taken = server.status();
    if (listen == candidates.back() || taken.code() != StatusCode::kAlreadyExists) return taken;
  }
  return taken;
}

std::string UrlOf(const net::Server& server) {
  return "http://" + server.addresses().front();
}

}  // namespace mlengine::server
