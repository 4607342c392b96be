// The sinks that take uploads' bodies; upload_handler.h chooses among them. A sink belongs to one
// request; nothing of a request that breaks off stays visible.
#pragma once

#include <memory>

#include "net/http.h"
#include "storage_api/door.h"

namespace mlengine::storage_api {

// Answers with the error, whatever comes.
std::unique_ptr<net::BodySink> RefusingSink(Status status);
// The body is the object.
std::unique_ptr<net::BodySink> NewMediaSink(Door& door, const net::RequestHead& head);
// PUT /BUCKET/OBJECT: the body is the object, the answer is empty.
std::unique_ptr<net::BodySink> NewPlainSink(Door& door, const net::RequestHead& head);
// The body is the object's resource and then the object.
std::unique_ptr<net::BodySink> NewMultipartSink(Door& door, const net::RequestHead& head);
// The body is the object's resource; the answer names the session.
std::unique_ptr<net::BodySink> NewSessionSink(Door& door, const net::RequestHead& head);
// The body is a piece of a session's bytes, or nothing for a query.
std::unique_ptr<net::BodySink> NewPieceSink(Door& door, const net::RequestHead& head,
                                            const std::string& upload_id);

}  // namespace mlengine::storage_api
