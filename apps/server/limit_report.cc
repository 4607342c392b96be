#include "limit_report.h"

#include <algorithm>

#include "host.h"

namespace mlengine::server {
namespace {

using engine_api::LimitReport;

std::int64_t Seconds(std::chrono::milliseconds time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time).count();
}

void AddRequestLimits(const LimitOptions& limits, std::vector<LimitReport>& out) {
  const net::ServerOptions& net = limits.net;
  // As listening.cc bounds it.
  const std::size_t connections = std::min(net.connection_limit, DescriptorLimit() / 2);
  out.push_back({"limits.connections", connections, ""});
  out.push_back({"limits.headerBytes", net.header_limit, "bytes"});
  out.push_back({"limits.headerSeconds", Seconds(net.header_timeout), "seconds"});
  out.push_back({"limits.bodySeconds", Seconds(net.body_timeout), "seconds"});
  out.push_back({"limits.bodyBytesPerSecond", net.body_rate, "bytes/s"});
  out.push_back({"limits.idleSeconds", Seconds(net.idle_timeout), "seconds"});
  out.push_back({"limits.readerSeconds", Seconds(net.write_timeout), "seconds"});
  out.push_back({"limits.unfinishedUploads", limits.uploads.count, ""});
  // Else as much as the disk has.
  if (limits.uploads.bytes > 0)
    out.push_back({"limits.unfinishedUploadBytes", limits.uploads.bytes, "bytes"});
  out.push_back({"limits.unfinishedUploadDays",
                 std::chrono::duration_cast<std::chrono::hours>(limits.uploads.life).count() / 24,
                 "days"});
}

LimitReport ShareLimit(const char* name, const DiskShare& share) {
  if (share.percent > 0) return {name, share.percent, "percent"};
  return {name, share.bytes, "bytes"};
}

}  // namespace

std::vector<LimitReport> LimitsInForce(const Options& options, int slots,
                                       const upkeep::DiskState& disk) {
  const LimitOptions& limits = options.limits;
  std::vector<LimitReport> out = {
      {"slots", slots, ""},
      {"outputLimitBytes", options.output_limit_bytes, "bytes"},
      {"maxProcesses", options.max_processes, ""},
      {"stopGraceSeconds", options.stop_grace_seconds, "seconds"},
      {"predictionSeconds", options.prediction_seconds, "seconds"},
      {"servingMemory", static_cast<long long>(options.serving_memory), "bytes"},
      {"servingCoolDownSeconds", options.serving_cool_down_seconds, "seconds"},
      {"servingIdleSeconds", options.serving_idle_seconds, "seconds"},
      {"disk.lowWater", disk.low_water, "bytes"},
      {"disk.reserve", disk.reserve_wanted, "bytes"},
      ShareLimit("logs.budget", limits.log_budget),
      {"logs.archiveAfterSeconds", limits.archive_logs_after.count(), "seconds"},
      {"logs.lookEverySeconds", limits.look_at_logs_every.count(), "seconds"},
      {"hints.enabled", limits.give_hints, ""},
      {"hints.idleSeconds", limits.hints.idle_seconds, "seconds"},
      {"hints.checkpointSeconds", limits.hints.checkpoint_seconds, "seconds"},
      {"hints.diskSeconds", limits.hints.disk_seconds, "seconds"},
      {"hints.lookEverySeconds", limits.look_at_health_every.count(), "seconds"}};
  AddRequestLimits(limits, out);
  return out;
}

}  // namespace mlengine::server
