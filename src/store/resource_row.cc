#include "store/resource_row.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "base/digest.h"
#include "base/number_text.h"

namespace mlengine::store {
namespace {

// What stands before the place in a token: of one list and of no other.
std::string TokenStart(const ListResourcesQuery& query) {
  return "2:" + std::to_string(static_cast<int>(query.kind)) + ":" + query.project + "/" +
         query.parent + "/";
}

std::string NounOf(ResourceKind kind) {
  switch (kind) {
    case ResourceKind::kModel:
      return "model";
    case ResourceKind::kVersion:
      return "version";
    case ResourceKind::kOperation:
      return "operation";
    case ResourceKind::kPolicy:
      return "policy";
  }
  return "resource";
}

}  // namespace

std::string ResourceBytes(const ResourceRecord& record) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  record.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

bool IsOpenOperation(const ResourceRecord& record) {
  return record.has_operation() && !record.operation().done();
}

Status CheckRecord(const ResourceKey& key, const ResourceRecord& record) {
  if (static_cast<int>(record.kind_case()) == static_cast<int>(key.kind)) return OkStatus();
  return InvalidArgumentError("the record of " + NounOf(key.kind) + " " + key.name +
                              " is of another kind");
}

Status NoSuchResource(const ResourceKey& key) {
  return NotFoundError("The specified " + NounOf(key.kind) + " could not be found.");
}

Status ResourceExists(const ResourceKey& key) {
  return AlreadyExistsError("A " + NounOf(key.kind) + " with the same name already exists.");
}

std::string EncodeResourceToken(const ListResourcesQuery& query, const StoredResource& last) {
  return Base64Encode(TokenStart(query) + (query.kind == ResourceKind::kOperation
                                               ? std::to_string(last.sequence)
                                               : last.key.name));
}

Result<ResourcePlace> DecodeResourceToken(const ListResourcesQuery& query) {
  ResourcePlace place;
  if (query.page_token.empty()) return place;
  const Status bad = InvalidArgumentError("pageToken is not one that this list gave");
  const Result<std::string> text = Base64Decode(query.page_token);
  const std::string start = TokenStart(query);
  if (!text.ok() || !text->starts_with(start) || text->size() == start.size()) return bad;
  const std::string rest = text->substr(start.size());
  if (query.kind != ResourceKind::kOperation) {
    place.after_name = rest;
    return place;
  }
  const auto before = ToNumber<decltype(place.before_sequence)>(rest);
  if (!before) return bad;
  place.before_sequence = *before;
  return place;
}

std::int64_t ResourceListeners::Add(std::function<void(const ResourceKey&)> listener) {
  const std::lock_guard lock(mutex_);
  listeners_[++last_] = std::move(listener);
  return last_;
}

void ResourceListeners::Remove(std::int64_t id) {
  const std::lock_guard lock(mutex_);
  listeners_.erase(id);
}

void ResourceListeners::Tell(const std::vector<ResourceKey>& changed) {
  const std::lock_guard lock(mutex_);
  for (const ResourceKey& key : changed) {
    for (const auto& [id, listener] : listeners_) listener(key);
  }
}

}  // namespace mlengine::store
