// What the engine knows of a version beside the API's fields. Empty where the server has no such
// door, or does not know.
#pragma once

#include <boost/json/object.hpp>
#include <string>

namespace mlengine::cli {

class Api;

struct VersionSignature {
  std::string text;         // of the signature that answers where none is named
  std::string bytes_input;  // its only input, when that takes bytes
};
VersionSignature SignatureOf(Api& api, const std::string& model, const std::string& version);

// {"serving": {…}, "signatures": {"serving_default": "x float32[-1, 3] -> …"}}
boost::json::object VersionDetail(Api& api, const std::string& model, const std::string& version);

}  // namespace mlengine::cli
