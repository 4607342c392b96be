// What the lists of models, versions and operations share.
#pragma once

#include <google/protobuf/descriptor.h>

#include <optional>
#include <string_view>

#include "base/result.h"
#include "net/http.h"
#include "policy/list_filter.h"
#include "store/model_store.h"

namespace mlengine::ml_api {

using ListFilterOf = std::optional<policy::ListFilter>;

// Page size and token into `query`, and the filter over messages of `type`; nothing without one.
Result<ListFilterOf> ReadListRequest(const net::Request& request,
                                     const google::protobuf::Descriptor& type,
                                     std::string_view noun, store::ListResourcesQuery& query);

Result<store::ListResourcesPage> ListPage(store::ModelStore& models,
                                          const store::ListResourcesQuery& query);

}  // namespace mlengine::ml_api
