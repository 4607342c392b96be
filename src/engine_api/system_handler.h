// GET /mlengine/v1/system: which engine this is, what it takes of the disk, and its limits.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "engine_api/server_handler.h"
#include "net/router.h"
#include "store/job_store.h"

namespace mlengine::engine_api {

struct ProgramReport {
  std::string name;
  std::uint64_t bytes = 0;
  std::string version;  // "": not known
};

// As it was measured a while ago.
struct StoreReport {
  Time measured;
  std::map<std::string, std::uint64_t> bytes;  // by part: "state", "logs"
  std::vector<ProgramReport> programs;
};

// A key of mlengine.yaml that sets a limit, with the value in force.
struct LimitReport {
  std::string name;  // "limits.headerBytes"
  boost::json::value value;
  std::string unit;  // "bytes", "seconds", "percent", "bytes/s" or ""
};

struct SystemDeps {
  store::JobStore* store = nullptr;  // outlives the router
  std::string version;
  Time started;
  std::string data_folder;
  std::string boot_id;  // of the machine
  std::string default_runtime;
  std::function<std::string()> url;  // "" before it is known
  std::function<DiskReport()> disk;
  std::function<std::optional<StoreReport>()> measured;  // nothing before the first measurement
  std::function<std::vector<LimitReport>()> limits;
};

// {"version":…,"startTime":…,"url":…,"dataFolder":…,"bootId":…,"defaultRuntime":"2.19",
// "programs":[{"name":…,"bytes":…,"version":…}],"disk":{"freeBytes":…,"lowWaterBytes":…,
// "reserveBytes":…,"low":false,"sentence":…},"store":{"jobs":{"total":…,"running":…},
// "bytes":{"state":…,"logs":…,"buckets":…,"cache":…,"runtimes":…,"jobs":…},"measuredAt":…},
// "limits":[{"name":…,"value":…,"unit":…}],"logs":{}}
// `bytes`, `measuredAt` and the programs come with the first measurement, moments after the first
// question.
void RegisterSystem(net::Router& router, const SystemDeps& deps);

}  // namespace mlengine::engine_api
