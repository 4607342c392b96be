// Objects' bytes: downloads with Range, under alt=media and under /BUCKET/OBJECT.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "net/router.h"
#include "storage_api/door.h"

namespace mlengine::storage_api {

net::Response MediaAnswer(Door& door, const net::RequestHead& request, const std::string& bucket,
                          const std::string& name);

// FAILED_PRECONDITION as the store gives it.
Status ConditionStatus(const objects::Preconditions& conditions, const objects::Object& object);
// The refusal of a read whose conditions do not hold: 412, or 304 for a …NotMatch.
std::optional<net::Response> ConditionAnswer(const objects::Preconditions& conditions,
                                             const objects::Object& object);

// GET and HEAD of /BUCKET/OBJECT; the last of all doors.
void RegisterPlainMedia(net::Router& router, const std::shared_ptr<Door>& door);

}  // namespace mlengine::storage_api
