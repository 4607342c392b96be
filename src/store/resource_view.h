// Models and versions as every client sees them: the kept record with full names, etag, and which
// version is default. Pure.
#pragma once

#include <google/protobuf/timestamp.pb.h>

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "mlengine/engine/v1/model_record.pb.h"

namespace mlengine::store {

// "projects/P/models/M", "projects/P/models/M/versions/V", "projects/P/operations/O".
std::string ModelName(const std::string& project, const std::string& model);
std::string VersionName(const std::string& project, const std::string& model,
                        const std::string& version);
std::string OperationName(const std::string& project, const std::string& operation);

// Eight bytes: of no other record of the store, and another after each of its first 65535 changes.
std::string ResourceEtag(std::int64_t sequence, std::int64_t version);

ml::v1::Version PublicVersion(const std::string& project, const std::string& model,
                              const engine::v1::VersionRecord& record, bool is_default,
                              const std::string& etag);
// Without its default version.
ml::v1::Model PublicModel(const std::string& project, const engine::v1::ModelRecord& record,
                          const std::string& etag);
ml::v1::Operation PublicOperation(const engine::v1::OperationRecord& record);

// Folder of a version's files, relative to DATA/models.
std::string VersionFolder(const std::string& project, const std::string& model,
                          const std::string& folder);

// Cut to milliseconds, as times of operations are.
google::protobuf::Timestamp MillisecondsOf(Time time);

}  // namespace mlengine::store
