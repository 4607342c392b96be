#include "serving/worker_predictor.h"

#include <boost/json.hpp>

#include "serving/prediction_failure.h"
#include "wire/codec/strict_json.h"
#include "wire/codec/utf8.h"

namespace mlengine::serving {

Result<std::string> PredictByWorker(std::string_view body, const AskWorker& ask) {
  MLENGINE_ASSIGN_OR_RETURN(const boost::json::value parsed, wire::ParseStrictJson(body));
  const boost::json::object* const request = parsed.if_object();
  if (request == nullptr) return PredictionFailure("Invalid request sent to prediction server");
  const boost::json::value* const instances = request->if_contains("instances");
  if (instances == nullptr)
    return PredictionFailure("Required field 'instances' missing in prediction server request");
  if (!instances->is_array())
    return PredictionFailure(PredictionFault::kInvalidInputs, "instances is no list");

  MLENGINE_ASSIGN_OR_RETURN(const tensors::Prediction answer, ask(body));
  if (answer.fault != 0)
    return PredictionFailure(static_cast<PredictionFault>(answer.fault), answer.text);
  // The model's own code runs in that process and might write to the socket.
  if (answer.text.empty() || wire::ValidUtf8Prefix(answer.text) != answer.text.size())
    return PredictionFailure(PredictionFault::kInvalidOutputs, "the answer is no text");
  return "{\"predictions\": " + answer.text + "}";
}

}  // namespace mlengine::serving
