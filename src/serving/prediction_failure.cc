#include "serving/prediction_failure.h"

#include <boost/json.hpp>

#include "wire/codec/utf8.h"

namespace mlengine::serving {
namespace {

std::string WordsOf(PredictionFault fault) {
  switch (fault) {
    case PredictionFault::kInvalidInputs:
      return "Invalid inputs";
    case PredictionFault::kFailedToRun:
      return "Failed to run the model";
    case PredictionFault::kInvalidOutputs:
      return "Invalid outputs";
    case PredictionFault::kInvalidCode:
      break;
  }
  return "Invalid user code";
}

}  // namespace

std::string FaultText(PredictionFault fault, const std::string& detail) {
  return wire::ToValidUtf8(WordsOf(fault) + ": " + detail +
                           " (Error code: " + std::to_string(static_cast<int>(fault)) + ")");
}

std::string PredictionFailure(const std::string& text) {
  const boost::json::object body = {{"error", "Prediction failed: " + wire::ToValidUtf8(text)}};
  return boost::json::serialize(body);
}

std::string PredictionFailure(PredictionFault fault, const std::string& detail) {
  return PredictionFailure(FaultText(fault, detail));
}

}  // namespace mlengine::serving
