// An estimate as `mlengine jobs estimate` prints it: the table, the arithmetic, what it cannot
// know.
#pragma once

#include <string>

#include "insight/estimate_report.h"

namespace mlengine::cli {

std::string EstimateText(const insight::EstimateReport& report);

// The same of a batch prediction's, as the server answers it.
std::string PredictionEstimateText(const boost::json::object& estimate);

}  // namespace mlengine::cli
