#include "serving/worker_predictor.h"

#include <boost/json.hpp>

#include "serving/prediction_failure.h"
#include "wire/codec/strict_json.h"
#include "wire/codec/utf8.h"

namespace mlengine::serving {
namespace {

Prediction Refused(PredictionFault fault, const std::string& detail) {
  return {PredictionFailure(fault, detail), true};
}

}  // namespace

Result<Prediction> PredictByWorker(std::string_view body, const AskWorker& ask) {
  MLENGINE_ASSIGN_OR_RETURN(const boost::json::value parsed, wire::ParseStrictJson(body));
  const boost::json::object* const request = parsed.if_object();
  if (request == nullptr)
    return Prediction{PredictionFailure("Invalid request sent to prediction server"), true};
  const boost::json::value* const instances = request->if_contains("instances");
  if (instances == nullptr) {
    return Prediction{
        PredictionFailure("Required field 'instances' missing in prediction server request"), true};
  }
  if (!instances->is_array())
    return Refused(PredictionFault::kInvalidInputs, "instances is no list");

  MLENGINE_ASSIGN_OR_RETURN(const tensors::WorkerAnswer answer, ask(body));
  if (answer.fault != 0) return Refused(static_cast<PredictionFault>(answer.fault), answer.text);
  // The model's own code runs in that process and might write to the socket.
  if (answer.text.empty() || wire::ValidUtf8Prefix(answer.text) != answer.text.size())
    return Refused(PredictionFault::kInvalidOutputs, "the answer is no text");
  return Prediction{"{\"predictions\": " + answer.text + "}", false, instances->get_array().size()};
}

}  // namespace mlengine::serving
