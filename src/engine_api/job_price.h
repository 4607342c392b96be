// What a job costs an hour, what it has cost, and where it would be cheaper. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "policy/price_book.h"
#include "store/job_store.h"

namespace mlengine::engine_api {

struct JobPrice {
  std::string list;    // "2017-12"; the job's
  std::string region;  // the job's
  std::string currency;
  std::string unknown;  // a sentence: why there is no price for it; "" when it has
  policy::Rate rate;
  std::string rate_text;  // "2.90 USD/h"; "" when unknown
  policy::Consumption used;
  std::string used_text;        // "0.73 units, 0.36 USD"; "" before a runner has begun
  std::string cheapest_region;  // "" when no region is cheaper than the job's
  std::string cheapest_text;    // its rate
};

// By the list in force when the job was created.
JobPrice PriceOf(const policy::PriceBook& book, const store::JobRecord& record, Time now);

// {"list":"2017-12","region":…,"currency":"USD","unitsPerHour":…,"perHour":…,"text":"2.90 USD/h",
// "cheapest":{"region":…,"text":…},"used":{"units":…,"money":…,"text":…}}; "unknown" with its
// sentence instead of what there is no figure for.
boost::json::object PriceJson(const JobPrice& price);

}  // namespace mlengine::engine_api
