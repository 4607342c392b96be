#include "store/record_row.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "model/job_state.h"

namespace mlengine::store {

std::string RecordBytes(const engine::v1::JobRecord& record) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  record.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

bool IsFinished(const engine::v1::JobRecord& record) {
  return model::IsFinal(record.job().state());
}

bool IsReplay(const engine::v1::JobRecord& stored, const engine::v1::JobRecord& again) {
  return !again.invocation_id().empty() && stored.invocation_id() == again.invocation_id() &&
         stored.request_sha256() == again.request_sha256();
}

Status CheckPageSize(int page_size) {
  return page_size > 0 ? OkStatus() : InvalidArgumentError("pageSize must be at least 1");
}

}  // namespace mlengine::store
