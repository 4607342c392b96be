// What the readers of our YAML files share: a fault knows its line. Seen by the sources that read
// them alone, which throw and catch it within themselves.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>

#include "base/status.h"

namespace mlengine::policy {

// What is wrong with a part of a file.
class YamlFault : public YAML::Exception {
 public:
  YamlFault(const YAML::Node& node, const std::string& text) : YAML::Exception(node.Mark(), text) {}
};

// The text of a scalar that is not empty; `path` names it for the fault.
inline std::string ScalarText(const YAML::Node& node, const std::string& path) {
  if (!node.IsScalar() || node.Scalar().empty()) throw YamlFault(node, path + " must be a text");
  return node.Scalar();
}

// INVALID_ARGUMENT "SOURCE:LINE: what is wrong".
inline Status ToStatus(const YAML::Exception& fault, const std::string& source) {
  const std::string line = fault.mark.is_null() ? "" : ":" + std::to_string(fault.mark.line + 1);
  return InvalidArgumentError(source + line + ": " + fault.msg);
}

}  // namespace mlengine::policy
