// GET /mlengine/v1/prices?region=R: what the tiers, machine types and accelerators cost there.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "net/router.h"
#include "policy/price_book.h"
#include "policy/regions.h"

namespace mlengine::engine_api {

struct PriceDeps {
  const policy::PriceBook* prices = nullptr;  // outlives the router
  policy::RegionTable regions = {};
  // Names that a new job may give as its runtime version, in the catalog's order.
  std::function<std::vector<std::string>()> runtimes;
};

// {"region":"us-central1","list":"2017-12","currency":"USD","regions":[…],"tiers":[{"name":"BASIC",
// "perHour":…,"unitsPerHour":…,"replicas":[…]}],"machineTypes":[{"name":"standard","vcpus":4,
// "memoryGb":15,"accelerators":[…],"perHour":…,"unitsPerHour":…}],"accelerators":[{"type":…,
// "perHour":…,"unitsPerHour":…}],"runtimes":["2.19"]}
// What the list has no price for is there without figures. Replicas as ReplicasJson
// (plan_handler.h); `regions` are those that take jobs. Without a region: us-central1, or the first
// that takes jobs. INVALID_ARGUMENT for a region that takes none.
void RegisterPrices(net::Router& router, const PriceDeps& deps);

}  // namespace mlengine::engine_api
