// Instances for a prediction from files, and predictions as gcloud prints them: for `predict` and
// `local predict`.
#pragma once

#include <boost/json/array.hpp>
#include <string>

#include "base/result.h"

namespace mlengine::cli {

struct Session;
class Invocation;

// One JSON value a line, blank lines passed over; one string a line. "-" is standard input.
Result<boost::json::array> JsonInstances(const std::string& path);
Result<boost::json::array> TextInstances(const std::string& path);
// The whole of a file, or of standard input for "-".
Result<std::string> ReadInput(const std::string& path);

// The answer's list of predictions; the model's error as a status.
Status PrintAnswer(const Invocation& invocation, Session& session,
                   const boost::json::value& answer);

}  // namespace mlengine::cli
