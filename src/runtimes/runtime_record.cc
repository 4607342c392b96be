#include "runtimes/runtime_record.h"

#include <boost/json.hpp>

#include "base/digest.h"
#include "base/file_system.h"

namespace mlengine::runtimes {
namespace {

constexpr std::int64_t kFormatVersion = 1;
constexpr std::uint64_t kLargestFile = 1ULL << 30;

}  // namespace

std::string EncodeRecord(const RuntimeRecord& record) {
  return boost::json::serialize(
             boost::json::object{{"version", kFormatVersion},
                                 {"name", record.name},
                                 {"interpreter", record.interpreter},
                                 {"python", record.python_version},
                                 {"digest", record.digest},
                                 {"created", FormatTimeSeconds(record.created)}}) +
         "\n";
}

Result<RuntimeRecord> DecodeRecord(std::string_view text) {
  boost::json::error_code bad;
  const boost::json::value value = boost::json::parse(text, bad);
  const auto* fields = !bad ? value.if_object() : nullptr;
  if (fields == nullptr) return DataLossError("not a JSON object");
  const boost::json::value* version = fields->if_contains("version");
  if (version == nullptr || !version->is_int64()) return DataLossError("it has no version");
  if (version->get_int64() > kFormatVersion) {
    return FailedPreconditionError("it has format version " + std::to_string(version->get_int64()) +
                                   "; use a newer mlengine");
  }
  const auto text_at = [fields](const char* key) {
    const boost::json::value* field = fields->if_contains(key);
    return field != nullptr && field->is_string() ? std::string(field->get_string())
                                                  : std::string();
  };
  RuntimeRecord record;
  record.name = text_at("name");
  record.interpreter = text_at("interpreter");
  record.python_version = text_at("python");
  record.digest = text_at("digest");
  if (record.name.empty() || record.interpreter.empty() || record.python_version.empty() ||
      record.digest.empty()) {
    return DataLossError("a field is missing");
  }
  const Result<Time> created = ParseTime(text_at("created"));
  if (!created.ok()) return DataLossError("created: " + created.status().message());
  record.created = *created;
  return record;
}

std::vector<std::string> PinsOf(const policy::RuntimeVersion& version) {
  std::vector<std::string> pins = version.requirements;
  pins.insert(pins.end(), version.derived.begin(), version.derived.end());
  return pins;
}

Result<std::string> EnvironmentDigest(const policy::RuntimeVersion& version,
                                      const std::string& python_version) {
  Hasher hasher(Hasher::Kind::kSha256);
  hasher.Update("python " + python_version + "\n");
  for (const std::string& requirement : PinsOf(version)) {
    hasher.Update(requirement + "\n");
    if (requirement.front() != '/') continue;
    MLENGINE_ASSIGN_OR_RETURN(const std::string bytes,
                              RealFileSystem().Read(requirement, kLargestFile));
    hasher.Update(Sha256Hex(bytes) + "\n");
  }
  for (const std::string& name : version.provides) hasher.Update("provides " + name + "\n");
  for (const std::string& pin : version.installer) hasher.Update("installer " + pin + "\n");
  return HexEncode(hasher.Finish());
}

}  // namespace mlengine::runtimes
