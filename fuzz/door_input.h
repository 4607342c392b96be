// Requests in text for the doors, as a corpus can be read and written by hand: one or several,
// each METHOD TARGET, lines of headers, an empty line and the body, with "--8<--" lines between.
#pragma once

#include <string_view>
#include <vector>

#include "net/router.h"

namespace mlengine::fuzz {

// At most eight. "<token>" and "<upload_id>" in a target stand for what the answer before gave.
struct DoorCall {
  net::Request request;
  net::Response response;
};

// Sends all of them, one after the other, through handlers and sinks as a connection would. Of
// every answer it requires: a status of HTTP, a body of JSON where it says so, an error with a
// message, no control characters in a header.
std::vector<DoorCall> SendAll(const net::Router& router, std::string_view bytes);

}  // namespace mlengine::fuzz
