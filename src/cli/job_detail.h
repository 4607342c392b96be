// What our own door tells of a job beyond its resource: replicas and price. Other servers do not
// have that door; then nothing is known.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "cli/api.h"

namespace mlengine::cli {

// Empty where the server does not answer it.
boost::json::object JobDetail(Api& api, const std::string& job);

// Lines for a receipt: "price    2.90 USD/h (list 2017-12, region us-central1)", and "cheaper  …"
// when another region is. Empty when the detail has no price.
std::vector<std::string> PriceLines(const boost::json::object& detail);

// "0.73 units, 0.36 USD at 2.90 USD/h (list 2017-12)", or "not known: " and why; "" before there is
// any.
std::string CostText(const boost::json::object& detail);

// "1.25 of 5.00 USD (this job)" for each budget that the job is held to.
std::vector<std::string> BudgetTexts(const boost::json::object& detail);

}  // namespace mlengine::cli
