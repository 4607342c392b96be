// What the work that a drill undid costs, by the job's price list. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <string>

#include "mlengine/engine/v1/job_record.pb.h"
#include "policy/price_book.h"

namespace mlengine::engine_api {

struct DrillCost {
  double lost_seconds = 0;  // on the clock
  // By role: what replicas were paid for that brought the job no further.
  std::map<std::string, double> replica_seconds;
  // What the others were paid for meanwhile: lost too, if they waited.
  std::map<std::string, double> waiting_seconds;
};

// {"lostSeconds":…,"replicaSeconds":…,"money":…,"currency":…,"text":"0.0003 USD",
// "ifOthersWaited":{"replicaSeconds":…,"money":…,"text":…}}; "unknown" instead of money where the
// list has no price for the job.
boost::json::object CostJson(const DrillCost& cost, const policy::PriceBook& prices,
                             const engine::v1::JobRecord& record);

}  // namespace mlengine::engine_api
