#include "serving/predictor.h"

#include <boost/json.hpp>

#include "serving/instances.h"
#include "serving/prediction_failure.h"
#include "serving/predictions.h"
#include "wire/codec/strict_json.h"

namespace mlengine::serving {
namespace {

namespace json = boost::json;

using Fault = PredictionFault;

Prediction Failed(const std::string& text) {
  return {PredictionFailure(text), true};
}

Prediction Failed(Fault fault, const std::string& detail) {
  return {PredictionFailure(fault, detail), true};
}

Result<std::string> SignatureName(const json::object& request) {
  const json::value* const name = request.if_contains("signature_name");
  if (name == nullptr || name->is_null()) return std::string();
  if (const json::string* const text = name->if_string())
    return std::string(text->data(), text->size());
  return InvalidArgumentError("signature_name is no string");
}

Result<tensors::RunRequest> MakeRun(const json::array& instances, const Signature& signature) {
  if (instances.empty()) return InvalidArgumentError("instances has none");
  tensors::RunRequest run;
  MLENGINE_ASSIGN_OR_RETURN(run.feeds, TensorsOf(instances, signature));
  for (const auto& [alias, spec] : signature.outputs) run.fetches.push_back(spec.tensor);
  return run;
}

Result<std::vector<NamedOutput>> OutputsOf(const Signature& signature,
                                           const std::vector<tensors::Tensor>& values) {
  std::vector<NamedOutput> outputs;
  for (const auto& [alias, spec] : signature.outputs) {
    if (outputs.size() == values.size())
      return InvalidArgumentError("Output " + alias + " is missing");
    outputs.push_back({alias, &values[outputs.size()]});
  }
  return outputs;
}

Result<std::string> Answer(const Signature& signature, const std::vector<tensors::Tensor>& values) {
  MLENGINE_ASSIGN_OR_RETURN(const std::vector<NamedOutput> outputs, OutputsOf(signature, values));
  return PredictionsOf(outputs);
}

Result<std::vector<std::vector<std::string>>> Rows(const Signature& signature,
                                                   const std::vector<tensors::Tensor>& values,
                                                   std::size_t instances) {
  MLENGINE_ASSIGN_OR_RETURN(const std::vector<NamedOutput> outputs, OutputsOf(signature, values));
  MLENGINE_ASSIGN_OR_RETURN(std::vector<std::vector<std::string>> rows, PredictionCells(outputs));
  if (rows.size() == instances) return rows;
  return InvalidArgumentError("The model answered " + std::to_string(instances) +
                              " instances with " + std::to_string(rows.size()) + " rows");
}

}  // namespace

Result<PredictedRows> PredictRows(const json::array& instances, const Signature& signature,
                                  const RunFunction& run) {
  const auto fault = [](Fault kind, const Status& why) {
    return PredictedRows{{}, FaultText(kind, why.message())};
  };
  const Result<tensors::RunRequest> made = MakeRun(instances, signature);
  if (!made.ok()) return fault(Fault::kInvalidInputs, made.status());
  MLENGINE_ASSIGN_OR_RETURN(const tensors::RunAnswer answer, run(*made, HasRows(signature)));
  if (!answer.status.ok()) return fault(Fault::kFailedToRun, answer.status);
  Result<std::vector<std::vector<std::string>>> rows =
      Rows(signature, answer.outputs, instances.size());
  if (!rows.ok()) return fault(Fault::kInvalidOutputs, rows.status());
  return PredictedRows{*std::move(rows), ""};
}

Result<Prediction> Predict(std::string_view body, const Signatures& signatures,
                           const RunFunction& run) {
  MLENGINE_ASSIGN_OR_RETURN(const json::value parsed, wire::ParseStrictJson(body));
  const json::object* const request = parsed.if_object();
  if (request == nullptr) return Failed("Invalid request sent to prediction server");
  const json::value* const instances = request->if_contains("instances");
  if (instances == nullptr)
    return Failed("Required field 'instances' missing in prediction server request");
  if (!instances->is_array()) return Failed(Fault::kInvalidInputs, "instances is no list");

  const Result<std::string> name = SignatureName(*request);
  if (!name.ok()) return Failed(Fault::kInvalidInputs, name.status().message());
  const Result<const Signature*> signature = ChooseSignature(signatures, *name);
  if (!signature.ok()) return Failed(Fault::kInvalidInputs, signature.status().message());
  const Result<tensors::RunRequest> made = MakeRun(instances->get_array(), **signature);
  if (!made.ok()) return Failed(Fault::kInvalidInputs, made.status().message());

  MLENGINE_ASSIGN_OR_RETURN(const tensors::RunAnswer answer, run(*made, HasRows(**signature)));
  if (!answer.status.ok()) return Failed(Fault::kFailedToRun, answer.status.message());
  Result<std::string> predictions = Answer(**signature, answer.outputs);
  if (!predictions.ok()) return Failed(Fault::kInvalidOutputs, predictions.status().message());
  return Prediction{"{\"predictions\": " + *predictions + "}", false,
                    instances->get_array().size()};
}

}  // namespace mlengine::serving
