// What a model refuses, as the original says it: HTTP status 200 and a text. Pure.
#pragma once

#include <string>

namespace mlengine::serving {

// The original's numbers within its messages.
enum class PredictionFault {
  kInvalidInputs = 1,
  kFailedToRun = 2,
  kInvalidOutputs = 3,
  kInvalidCode = 4
};

// The fault's words before the detail and its number behind: "Invalid inputs: … (Error code: 1)".
// UTF-8 whatever the detail is.
std::string FaultText(PredictionFault fault, const std::string& detail);
// {"error": "Prediction failed: …"}
std::string PredictionFailure(const std::string& text);
std::string PredictionFailure(PredictionFault fault, const std::string& detail);

}  // namespace mlengine::serving
