#include "store/resource_view.h"

#include "wire/codec/json.h"

namespace mlengine::store {

std::string ModelName(const std::string& project, const std::string& model) {
  return "projects/" + project + "/models/" + model;
}

std::string VersionName(const std::string& project, const std::string& model,
                        const std::string& version) {
  return ModelName(project, model) + "/versions/" + version;
}

std::string OperationName(const std::string& project, const std::string& operation) {
  return "projects/" + project + "/operations/" + operation;
}

std::string ResourceEtag(std::int64_t sequence, std::int64_t version) {
  const std::uint64_t number =
      static_cast<std::uint64_t>(sequence) << 16 | (static_cast<std::uint64_t>(version) & 0xFFFF);
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>((number >> shift) & 0xFF);
  return bytes;
}

ml::v1::Version PublicVersion(const std::string& project, const std::string& model,
                              const engine::v1::VersionRecord& record, bool is_default,
                              const std::string& etag) {
  ml::v1::Version version = record.version();
  version.set_name(VersionName(project, model, version.name()));
  version.set_is_default(is_default);
  version.set_etag(etag);
  return version;
}

ml::v1::Model PublicModel(const std::string& project, const engine::v1::ModelRecord& record,
                          const std::string& etag) {
  ml::v1::Model model = record.model();
  model.set_name(ModelName(project, model.name()));
  model.set_etag(etag);
  return model;
}

ml::v1::Operation PublicOperation(const engine::v1::OperationRecord& record) {
  ml::v1::Operation operation;
  operation.set_name(record.name());
  operation.set_done(record.done());
  wire::PackAny(record.metadata(), *operation.mutable_metadata());
  if (record.has_error()) *operation.mutable_error() = record.error();
  if (record.has_response()) *operation.mutable_response() = record.response();
  return operation;
}

std::string VersionFolder(const std::string& project, const std::string& model,
                          const std::string& folder) {
  return project + "/" + model + "/" + folder;
}

google::protobuf::Timestamp MillisecondsOf(Time time) {
  const long long milliseconds = ToUnixNanos(time) / 1'000'000;
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(milliseconds / 1000);
  timestamp.set_nanos(static_cast<int>(milliseconds % 1000) * 1'000'000);
  return timestamp;
}

}  // namespace mlengine::store
