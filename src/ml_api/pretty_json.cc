#include "ml_api/pretty_json.h"

#include <boost/json.hpp>

namespace mlengine::ml_api {
namespace {

void Write(const boost::json::value& value, std::size_t level, std::string& out) {
  const bool object = value.is_object() && !value.get_object().empty();
  const bool list = value.is_array() && !value.get_array().empty();
  if (!object && !list) {
    out += boost::json::serialize(value);
    return;
  }
  out += object ? '{' : '[';
  bool first = true;
  const auto start_item = [&] {
    out += first ? "\n" : ",\n";
    out.append(2 * (level + 1), ' ');
    first = false;
  };
  if (object) {
    for (const auto& [key, item] : value.get_object()) {
      start_item();
      out += boost::json::serialize(key) + ": ";
      Write(item, level + 1, out);
    }
  } else {
    for (const auto& item : value.get_array()) {
      start_item();
      Write(item, level + 1, out);
    }
  }
  out += '\n';
  out.append(2 * level, ' ');
  out += object ? '}' : ']';
}

}  // namespace

std::string PrettyJson(const boost::json::value& tree) {
  std::string out;
  Write(tree, 0, out);
  return out + "\n";
}

}  // namespace mlengine::ml_api
