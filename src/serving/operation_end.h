// How operations end, in the change that also has what they did.
#pragma once

#include <google/protobuf/empty.pb.h>
#include <google/protobuf/message.h>

#include "base/clock.h"
#include "base/status.h"
#include "store/model_store.h"

namespace mlengine::serving {

Status EndOperation(store::ModelTransaction& change, const store::ResourceKey& operation, Time now,
                    const google::protobuf::Message& response);
Status FailOperation(store::ModelTransaction& change, const store::ResourceKey& operation, Time now,
                     const Status& why);

// What the original says of a model that its loader refuses, with the loader's words in it.
Status BadModel(const Status& loaded);

}  // namespace mlengine::serving
