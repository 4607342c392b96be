#include "serving/warm_up.h"

#include <set>
#include <utility>

#include "base/file_system.h"
#include "insight/proto_fields.h"
#include "insight/record_file.h"
#include "serving/batch_tensors.h"
#include "serving/tensor_proto.h"

namespace mlengine::serving {
namespace {

using insight::ProtoFields;
using Kind = ProtoFields::Kind;

// Fields of TensorFlow Serving's PredictionLog, PredictLog, PredictRequest and ModelSpec, and of an
// entry of a map.
constexpr std::uint32_t kPredictLog = 6;
constexpr std::uint32_t kRequest = 1;
constexpr std::uint32_t kSpec = 1;
constexpr std::uint32_t kInputs = 2;
constexpr std::uint32_t kOutputFilter = 3;
constexpr std::uint32_t kSignatureName = 3;
constexpr std::uint32_t kKey = 1;
constexpr std::uint32_t kValue = 2;

Status Damaged() {
  return InvalidArgumentError("is no PredictionLog");
}

// The field of a message; "" where it has none.
Result<std::string_view> FieldOf(std::string_view message, std::uint32_t number) {
  std::string_view found;
  ProtoFields fields(message);
  while (fields.Next())
    if (fields.Is(number, Kind::kBytes)) found = fields.bytes();
  if (!fields.ok()) return Damaged();
  return found;
}

Status AddInput(std::string_view entry, const Signature& signature, tensors::RunRequest& run) {
  MLENGINE_ASSIGN_OR_RETURN(const std::string_view key, FieldOf(entry, kKey));
  MLENGINE_ASSIGN_OR_RETURN(const std::string_view value, FieldOf(entry, kValue));
  const std::string name = std::string(key.substr(0, 200));
  const auto input = signature.inputs.find(name);
  if (input == signature.inputs.end())
    return InvalidArgumentError("has the input " + name + ", which the signature has not");
  Result<tensors::Tensor> tensor = ReadTensorProto(value);
  if (!tensor.ok()) return InvalidArgumentError("has in " + name + " " + tensor.status().message());
  tensor->name = input->second.tensor;
  run.feeds.push_back(*std::move(tensor));
  return OkStatus();
}

Result<tensors::RunRequest> ReadRequest(std::string_view request, const Signatures& signatures) {
  MLENGINE_ASSIGN_OR_RETURN(const std::string_view spec, FieldOf(request, kSpec));
  MLENGINE_ASSIGN_OR_RETURN(const std::string_view name, FieldOf(spec, kSignatureName));
  const Result<const Signature*> signature = ChooseSignature(signatures, std::string(name));
  if (!signature.ok()) return InvalidArgumentError("asks: " + signature.status().message());
  tensors::RunRequest run;
  std::set<std::string, std::less<>> wanted;
  ProtoFields fields(request);
  while (fields.Next()) {
    if (fields.Is(kInputs, Kind::kBytes))
      MLENGINE_RETURN_IF_ERROR(AddInput(fields.bytes(), **signature, run));
    else if (fields.Is(kOutputFilter, Kind::kBytes))
      wanted.emplace(fields.bytes());
    if (run.feeds.size() > tensors::kMostTensors) return Damaged();
  }
  if (!fields.ok()) return Damaged();
  for (const auto& [alias, spec_of] : (*signature)->outputs)
    if (wanted.empty() || wanted.contains(alias)) run.fetches.push_back(spec_of.tensor);
  return run;
}

}  // namespace

Result<std::vector<tensors::RunRequest>> ReadWarmUp(std::string_view file,
                                                    const Signatures& signatures) {
  const Result<std::vector<std::string_view>> records = insight::SplitRecords(file, kMostWarmUps);
  if (!records.ok())
    return InvalidArgumentError(std::string(kWarmUpFile) + ": " + records.status().message());
  std::vector<tensors::RunRequest> runs;
  std::size_t bytes = 0;  // a few bytes of a record can stand for many
  for (const std::string_view record : *records) {
    const auto wrong = [&runs](const std::string& what) {
      return InvalidArgumentError(std::string(kWarmUpFile) + ": request " +
                                  std::to_string(runs.size() + 1) + " " + what);
    };
    const Result<std::string_view> log = FieldOf(record, kPredictLog);
    if (!log.ok()) return wrong(log.status().message());
    if (log->empty()) return wrong("is none to predict");
    const Result<std::string_view> request = FieldOf(*log, kRequest);
    if (!request.ok()) return wrong(request.status().message());
    Result<tensors::RunRequest> run = ReadRequest(*request, signatures);
    if (!run.ok()) return wrong(run.status().message());
    bytes += BytesOf(*run);
    if (bytes > kMostWarmUpBytes)
      return wrong("is too much: all have at most " + std::to_string(kMostWarmUpBytes) + " bytes");
    runs.push_back(*std::move(run));
  }
  return runs;
}

Status WarmUp(const std::string& folder, const Signatures& signatures, const RunOnce& run) {
  const std::string path = JoinPath(folder, std::string(kWarmUpFile));
  const Result<std::string> file = RealFileSystem().Read(path, kMostWarmUpBytes);
  if (file.status().code() == StatusCode::kNotFound) return OkStatus();
  MLENGINE_RETURN_IF_ERROR(file.status());
  MLENGINE_ASSIGN_OR_RETURN(const std::vector<tensors::RunRequest> runs,
                            ReadWarmUp(*file, signatures));
  for (std::size_t i = 0; i < runs.size(); ++i) {
    MLENGINE_ASSIGN_OR_RETURN(const tensors::RunAnswer answer, run(runs[i]));
    if (answer.status.ok()) continue;
    return InvalidArgumentError(std::string(kWarmUpFile) + ": request " + std::to_string(i + 1) +
                                ": " + answer.status.message());
  }
  return OkStatus();
}

}  // namespace mlengine::serving
